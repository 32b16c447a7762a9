import TandemModels

/// What Hugging Face's Llama, Mistral and Qwen classes call the weights.
enum HuggingFaceNaming {
    static func name(of path: ParameterPath) -> String {
        switch path {
        case .embedding: "model.embed_tokens.weight"
        case .outputNorm: "model.norm.weight"
        case .output: "lm_head.weight"
        case .layer(let index, let parameter): "model.layers.\(index).\(name(of: parameter))"
        }
    }

    private static func name(of parameter: LayerParameter) -> String {
        switch parameter {
        case .attentionNorm: "input_layernorm.weight"
        case .query: "self_attn.q_proj.weight"
        case .queryBias: "self_attn.q_proj.bias"
        case .key: "self_attn.k_proj.weight"
        case .keyBias: "self_attn.k_proj.bias"
        case .value: "self_attn.v_proj.weight"
        case .valueBias: "self_attn.v_proj.bias"
        case .queryNorm: "self_attn.q_norm.weight"
        case .keyNorm: "self_attn.k_norm.weight"
        case .attentionOutput: "self_attn.o_proj.weight"
        case .feedForwardNorm: "post_attention_layernorm.weight"
        case .gate: "mlp.gate_proj.weight"
        case .up: "mlp.up_proj.weight"
        case .down: "mlp.down_proj.weight"
        }
    }

    /// Whether a tensor that the configuration has no place for takes part in the computation all the same: anything in
    /// a block or beside it, except precomputed rotary tables and the output matrix of a tied model.
    static func changesResult(_ name: String, layerCount: Int) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.first == "model", parts.count > 1, !name.hasSuffix(".inv_freq") else {
            return name == "lm_head.bias"
        }
        if parts[1] == "layers", parts.count > 2, let layer = Int(parts[2]) { return layer < layerCount }
        return true
    }
}
