import TandemJSON
import TandemModels

/// The text of a bundle's `config.json`. Fields that vllm-project's speculators have are called and meant as there; what they
/// have no words for stands under `tandem`.
extension BundleConfiguration {
    /// The object that ``init(_:draftTokens:)`` reads back.
    var json: JSONValue {
        var members: [JSONMember] = []
        func add(_ name: String, _ value: JSONValue) { members.append(JSONMember(name: name, value: value)) }
        add("architectures", ["TandemSpeculator"])
        add("speculators_model_type", "tandem")
        add("dtype", .string(storage.rawValue))
        add("draft_vocab_size", .integer(configuration.draftTokens?.count ?? configuration.small.vocabularyCount))
        add("target_hidden_size", .integer(configuration.largeWidth))
        add(
            "aux_hidden_state_layer_ids", .array(configuration.capturedStates.sorted().map { .integer($0) }))
        add("tie_word_embeddings", false)
        add("transformer_layer_config", Self.json(of: configuration.small))
        add(
            "speculators_config",
            [
                "algorithm": "tandem", "default_proposal_method": "greedy",
                "proposal_methods": [
                    [
                        "proposal_type": "greedy", "speculative_tokens": .integer(speculativeTokenCount),
                        "verifier_accept_k": 1, "accept_tolerance": 0.0,
                    ]
                ],
                "verifier": [
                    "name_or_path": .string(large.source ?? large.name),
                    "architectures": [.string(Self.modelClass(large.architecture))],
                ],
            ])
        add("tandem", ours)
        return .object(members)
    }

    private var ours: JSONValue {
        let configuration = configuration
        var members: [JSONMember] = [JSONMember(name: "format_version", value: .integer(Self.version))]
        func add(_ name: String, _ value: JSONValue) { members.append(JSONMember(name: name, value: value)) }
        add("memory", Self.json(of: configuration.memory))
        switch configuration.embedding {
        case .own: add("embedding", "own")
        case .large(projected: false): add("embedding", "large")
        case .large(projected: true): add("embedding", "large_projected")
        }
        add("head", configuration.head == .own ? "own" : "large")
        add("adds_last_state", .bool(configuration.addsLastState))
        add("has_draft_vocabulary", .bool(configuration.draftTokens != nil))
        if hasPolicies { add("has_policies", true) }
        if case .divisors(let divisors) = configuration.small.rotaryScaling {
            add("rope_divisors", .array(divisors.map { .number(Double($0)) }))
        }
        if let tokenizerFingerprint { add("tokenizer_fingerprint", .string(tokenizerFingerprint)) }
        var identity: [JSONMember] = [JSONMember(name: "name", value: .string(large.name))]
        func describe(_ name: String, _ value: JSONValue) { identity.append(JSONMember(name: name, value: value)) }
        if let source = large.source { describe("source", .string(source)) }
        describe("fingerprint", .string(large.fingerprint))
        if let hash = large.contentHash { describe("content_hash", .string(hash)) }
        describe("quantization", .string(large.quantization))
        if let license = large.license { describe("license", .string(license)) }
        describe("model_type", .string(large.architecture.rawValue))
        describe("hidden_size", .integer(large.width))
        describe("num_hidden_layers", .integer(large.layerCount))
        describe("vocab_size", .integer(large.vocabularyCount))
        add("large", .object(identity))
        return .object(members)
    }

    private static func json(of memory: TandemConfiguration.Memory) -> JSONValue {
        switch memory {
        case .none: ["kind": "none"]
        case .perLayer(.topAligned): ["kind": "per_layer", "layer_map": "top_aligned"]
        case .perLayer(.uniform): ["kind": "per_layer", "layer_map": "uniform"]
        case .perLayer(.proportional): ["kind": "per_layer", "layer_map": "proportional"]
        case .perLayer(.explicit(let states)):
            ["kind": "per_layer", "layer_map": .array(states.map { .integer($0) })]
        case .fused(let states): ["kind": "fused", "states": .array(states.map { .integer($0) })]
        }
    }

    /// As Hugging Face's `config.json` describes a transformer: read by the one reader of those.
    private static func json(of small: TransformerConfiguration) -> JSONValue {
        var members: [JSONMember] = []
        func add(_ name: String, _ value: JSONValue) { members.append(JSONMember(name: name, value: value)) }
        add("model_type", .string(small.architecture.rawValue))
        add("vocab_size", .integer(small.vocabularyCount))
        add("hidden_size", .integer(small.width))
        add("num_hidden_layers", .integer(small.layerCount))
        add("num_attention_heads", .integer(small.headCount))
        add("num_key_value_heads", .integer(small.keyValueHeadCount))
        add("head_dim", .integer(small.headWidth))
        add("intermediate_size", .integer(small.feedForwardWidth))
        add("hidden_act", "silu")
        add("max_position_embeddings", .integer(small.contextLength))
        add("rms_norm_eps", .number(Double(small.normEpsilon)))
        add("rope_theta", .number(small.rotaryBase))
        switch small.rotaryScaling {
        case .none, .divisors: break
        case .linear(let factor): add("rope_scaling", ["rope_type": "linear", "factor": .number(factor)])
        case .llama3(let factor, let low, let high, let original):
            add(
                "rope_scaling",
                [
                    "rope_type": "llama3", "factor": .number(factor), "low_freq_factor": .number(low),
                    "high_freq_factor": .number(high), "original_max_position_embeddings": .integer(original),
                ])
        }
        add("tie_word_embeddings", .bool(small.tiesEmbedding))
        return .object(members)
    }

    /// What Hugging Face calls the class of a large model.
    private static func modelClass(_ architecture: Architecture) -> String {
        switch architecture {
        case .llama: "LlamaForCausalLM"
        case .mistral: "MistralForCausalLM"
        case .qwen2: "Qwen2ForCausalLM"
        case .qwen3: "Qwen3ForCausalLM"
        }
    }
}
