import TandemJSON
import TandemModels

/// Reads the shape of the model from `config.json`, and refuses what our one transformer cannot express.
///
/// Defaults are those of Hugging Face's configuration classes. `torch_dtype` is not consulted: every tensor says
/// what it is.
struct HuggingFaceConfiguration {
    let json: JSONObject
    let architecture: Architecture

    /// By `model_type`: our architecture, and the class that the weights must have been saved from.
    private static let families: [String: (architecture: Architecture, modelClass: String)] = [
        "llama": (.llama, "LlamaForCausalLM"), "mistral": (.mistral, "MistralForCausalLM"),
        "qwen2": (.qwen2, "Qwen2ForCausalLM"), "qwen3": (.qwen3, "Qwen3ForCausalLM"),
    ]

    init(json: JSONObject) throws {
        let type = try json.required("model_type", json.string("model_type"))
        let supported = "Use a model of one of: \(Self.families.keys.sorted().joined(separator: ", "))."
        guard let family = Self.families[type] else {
            throw json.failure("model_type", "the architecture \(quoted(type)) is not supported", supported)
        }
        if let classes = try json.strings("architectures"), classes != [family.modelClass] {
            throw json.failure(
                "architectures", "\(classes.map(quoted).joined(separator: ", ")) is not \(family.modelClass)",
                "Give a model that predicts the next token.")
        }
        self.json = json
        architecture = family.architecture
    }

    func configuration() throws -> TransformerConfiguration {
        let contextLength = try json.required("max_position_embeddings", json.integer("max_position_embeddings"))
        try refuseUnsupported(contextLength: contextLength)
        let width = try json.required("hidden_size", json.integer("hidden_size"))
        let headCount = try json.required("num_attention_heads", json.integer("num_attention_heads"))
        let keyValueHeadCount = try json.integer("num_key_value_heads")
        let rotary = try rotary()
        do {
            return try TransformerConfiguration(
                architecture: architecture,
                vocabularyCount: try json.required("vocab_size", json.integer("vocab_size")), width: width,
                layerCount: try json.required("num_hidden_layers", json.integer("num_hidden_layers")),
                headCount: headCount,
                // Only Llama's class falls back to one key/value head for each head.
                keyValueHeadCount: architecture == .llama
                    ? keyValueHeadCount ?? headCount : try json.required("num_key_value_heads", keyValueHeadCount),
                headWidth: try json.integer("head_dim") ?? (architecture == .qwen3 ? 128 : nil),
                feedForwardWidth: try json.required("intermediate_size", json.integer("intermediate_size")),
                contextLength: contextLength, normEpsilon: Float(try json.double("rms_norm_eps") ?? 1e-6),
                rotaryBase: rotary.base, rotaryScaling: rotary.scaling, hasAttentionBias: architecture == .qwen2,
                hasQueryKeyNorm: architecture == .qwen3,
                tiesEmbedding: try json.bool("tie_word_embeddings") ?? false)
        } catch let error as ConfigurationError {
            throw CheckpointError(
                file: json.file, problem: "it describes a model that cannot be: \(error)", remedy: Remedy.damaged)
        }
    }

    private func unsupported(_ json: JSONObject, _ key: String, _ sentence: String) -> CheckpointError {
        json.failure(
            key, sentence, "Use another model of the family: this one would not compute what its makers meant.")
    }

    private func refuseUnsupported(contextLength: Int) throws {
        if try json.object("quantization_config") != nil {
            throw json.failure(
                "quantization_config", "quantised safetensors are not supported",
                "Get the original weights, or a GGUF file.")
        }
        let activation = try json.string("hidden_act") ?? "silu"
        guard activation == "silu" || activation == "swish" else {
            throw unsupported(json, "hidden_act", "the activation \(quoted(activation)) is not supported; silu is")
        }
        for key in ["attention_bias", "mlp_bias"] where try json.bool(key) == true {
            throw unsupported(json, key, "biases of all matrices are not supported")
        }
        if let factor = try json.double("partial_rotary_factor"), factor != 1 {
            throw unsupported(
                json, "partial_rotary_factor", "rotary embedding of a part of the channels is not supported")
        }
        if let kinds = try json.strings("layer_types"), let kind = kinds.first(where: { $0 != "full_attention" }) {
            throw unsupported(json, "layer_types", "layers with \(quoted(kind)) are not supported")
        }
        // Llama's class has no window; Qwen's only where it is switched on.
        let usesWindow = architecture == .mistral ? true : try json.bool("use_sliding_window") ?? false
        if usesWindow, architecture != .llama, let window = try json.integer("sliding_window"), window < contextLength {
            throw unsupported(
                json, "sliding_window",
                "a sliding window of \(window) positions, shorter than the context of \(contextLength), is not supported"
            )
        }
    }

    /// Base and scaling; newer files have both in `rope_parameters`.
    private func rotary() throws -> (base: Double, scaling: RotaryScaling) {
        let newer = try json.object("rope_parameters")
        let base = try newer?.double("rope_theta") ?? json.double("rope_theta") ?? 10_000
        guard let rotary = try newer ?? json.object("rope_scaling") else { return (base, .none) }
        if let factor = try rotary.double("partial_rotary_factor"), factor != 1 {
            throw unsupported(
                rotary, "partial_rotary_factor", "rotary embedding of a part of the channels is not supported")
        }
        let typeKey = rotary.members["rope_type"] != nil ? "rope_type" : "type"
        guard let type = try rotary.string(typeKey) else {
            // No scaling, except where the object holds one for each kind of layer.
            guard newer != nil, rotary.members["rope_theta"] != nil else {
                throw rotary.failure("rope_type", "the key is missing")
            }
            return (base, .none)
        }
        switch type {
        case "none", "default": return (base, .none)
        case "linear": return (base, .linear(factor: try rotary.required("factor", rotary.double("factor"))))
        case "llama3":
            let original =
                try rotary.integer("original_max_position_embeddings")
                ?? json.integer("original_max_position_embeddings")
            return (
                base,
                .llama3(
                    factor: try rotary.required("factor", rotary.double("factor")),
                    lowFrequencyFactor: try rotary.required("low_freq_factor", rotary.double("low_freq_factor")),
                    highFrequencyFactor: try rotary.required("high_freq_factor", rotary.double("high_freq_factor")),
                    originalContextLength: try rotary.required("original_max_position_embeddings", original))
            )
        default:
            throw unsupported(
                rotary, typeKey,
                "rotary scaling of the type \(quoted(type)) is not supported; default, linear and llama3 are")
        }
    }
}
