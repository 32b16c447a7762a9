import TandemModels

/// Names of weights in bundles.
///
/// Layers are called as in Hugging Face's files of Llama, so that other programs recognise them; the rest has names of its
/// own.
extension SmallParameter {
    var fileName: String {
        switch self {
        case .embedding: "embed_tokens.weight"
        case .inputProjection: "input_projection.weight"
        case .lastState: "last_state.weight"
        case .memoryNorm(let projection, let state): "memory.\(projection).norm.\(state).weight"
        case .memoryProjection(let projection): "memory.\(projection).projection.weight"
        case .layer(let layer, let parameter):
            HuggingFaceNaming.name(of: .layer(layer, parameter)).removingPrefix("model.")
        case .outputNorm: "norm.weight"
        case .head: "lm_head.weight"
        }
    }
}

extension String {
    fileprivate func removingPrefix(_ prefix: String) -> String {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : self
    }
}
