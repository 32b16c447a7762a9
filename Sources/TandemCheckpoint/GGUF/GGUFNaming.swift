import TandemModels

/// What GGUF files call the weights.
enum GGUFNaming {
    static func name(of path: ParameterPath) -> String {
        switch path {
        case .embedding: "token_embd.weight"
        case .outputNorm: "output_norm.weight"
        case .output: "output.weight"
        case .layer(let index, let parameter): "blk.\(index).\(name(of: parameter))"
        }
    }

    private static func name(of parameter: LayerParameter) -> String {
        switch parameter {
        case .attentionNorm: "attn_norm.weight"
        case .query: "attn_q.weight"
        case .queryBias: "attn_q.bias"
        case .key: "attn_k.weight"
        case .keyBias: "attn_k.bias"
        case .value: "attn_v.weight"
        case .valueBias: "attn_v.bias"
        case .queryNorm: "attn_q_norm.weight"
        case .keyNorm: "attn_k_norm.weight"
        case .attentionOutput: "attn_output.weight"
        case .feedForwardNorm: "ffn_norm.weight"
        case .gate: "ffn_gate.weight"
        case .up: "ffn_up.weight"
        case .down: "ffn_down.weight"
        }
    }

    /// Divisors of the rotary frequencies; part of the configuration rather than of the weights.
    static let rotaryDivisors = "rope_freqs.weight"

    /// Whether a tensor that the configuration has no place for takes part in the computation all the same.
    ///
    /// In a block everything does, except precomputed rotary tables; outside, what is added to or multiplied with the
    /// residual stream or the logits.
    static func changesResult(_ name: String, layerCount: Int) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        if parts.first == "blk", parts.count >= 3, let layer = Int(parts[1]) {
            return layer < layerCount && parts[2] != "attn_rot_embd" && parts[2] != "rope_freqs"
        }
        let computing: Set<Substring> = [
            "token_embd", "token_embd_norm", "output_norm", "output", "position_embd", "token_types", "cls",
            "per_layer_token_embd", "per_layer_model_proj", "altup_proj", "output_scale",
        ]
        return parts.first.map(computing.contains) ?? false
    }
}
