import TandemJSON
import TandemModels

/// What `config.json` of a bundle says.
struct BundleConfiguration: Equatable {
    static let version = 1

    var configuration: TandemConfiguration
    var storage: BundleStorage
    var large: LargeModelIdentity
    var tokenizerFingerprint: String?
    /// How many tokens programs shall draft that have no policy of their own.
    var speculativeTokenCount: Int
    /// Whether networks of policies lie beside the model.
    var hasPolicies = false
}

extension BundleConfiguration {
    /// Reads the object strictly.
    ///
    /// - Parameter draftTokens: those of the tensor `d2t`; `nil` if there is none.
    /// - Throws: ``CheckpointError`` that names the key.
    init(_ json: JSONObject, draftTokens: [Int]?) throws {
        let kind = try json.string("speculators_model_type")
        guard kind == "tandem", let ours = try json.object("tandem") else {
            throw json.failure(
                "speculators_model_type",
                kind.map { "a speculator of the type \(quoted($0)) is no tandem" } ?? "this describes no tandem",
                "Give the folder of a bundle that 'tandem train' wrote.")
        }
        let version = try ours.required("format_version", ours.integer("format_version"))
        guard version == Self.version else {
            throw ours.failure(
                "format_version",
                "bundles of version \(version) are not known; this program reads version \(Self.version)",
                "Use the version of Tandem that wrote the bundle, or train again.")
        }
        storage = try Self.word("dtype", of: json, BundleStorage.allCases.map { ($0.rawValue, $0) })
        large = try Self.identity(try ours.required("large", ours.object("large")))
        tokenizerFingerprint = try ours.string("tokenizer_fingerprint")
        speculativeTokenCount = try Self.speculativeTokenCount(json)
        // Bundles from before there were any do not speak of them.
        hasPolicies = try ours.bool("has_policies") ?? false
        let small = try Self.small(json, ours: ours)
        guard try ours.required("has_draft_vocabulary", ours.bool("has_draft_vocabulary")) == (draftTokens != nil)
        else {
            throw ours.failure(
                "has_draft_vocabulary",
                draftTokens == nil
                    ? "the weights have no tensor \"d2t\"" : "the weights have a tensor \"d2t\" nevertheless")
        }
        let rows = try json.required("draft_vocab_size", json.integer("draft_vocab_size"))
        let found = draftTokens?.count ?? small.vocabularyCount
        guard rows == found else {
            throw json.failure("draft_vocab_size", "it says \(rows), but there are \(found) tokens to draft")
        }
        do {
            configuration = try TandemConfiguration(
                small: small,
                largeWidth: try json.required("target_hidden_size", json.integer("target_hidden_size")),
                largeLayerCount: large.layerCount, memory: try Self.memory(ours),
                embedding: try Self.word(
                    "embedding", of: ours,
                    [("own", .own), ("large", .large(projected: false)), ("large_projected", .large(projected: true))]),
                head: try Self.word("head", of: ours, [("own", .own), ("large", .large)]), draftTokens: draftTokens,
                addsLastState: try ours.required("adds_last_state", ours.bool("adds_last_state")))
        } catch let error as ConfigurationError {
            throw CheckpointError(
                file: json.file, problem: "it describes a small model that cannot be: \(Self.clause(error))",
                remedy: Remedy.damaged)
        }
        guard large.width == configuration.largeWidth, large.vocabularyCount == small.vocabularyCount else {
            throw ours.failure(
                "large",
                "its large model has \(large.width) channels and \(large.vocabularyCount) tokens, the small one is for "
                    + "\(configuration.largeWidth) and \(small.vocabularyCount)")
        }
        let states = try json.required("aux_hidden_state_layer_ids", json.integers("aux_hidden_state_layer_ids"))
        guard states == configuration.capturedStates.sorted() else {
            throw json.failure(
                "aux_hidden_state_layer_ids",
                "it says \(states), but the memory is made from \(configuration.capturedStates.sorted())")
        }
    }

    private static func word<Value>(
        _ key: String, of object: JSONObject, _ values: [(word: String, value: Value)]
    ) throws -> Value {
        let word = try object.required(key, object.string(key))
        guard let found = values.first(where: { $0.word == word }) else {
            let possible = values.map { quoted($0.word) }.joined(separator: ", ")
            throw object.failure(key, "it is \(quoted(word)), but it must be one of \(possible)")
        }
        return found.value
    }

    private static func small(_ json: JSONObject, ours: JSONObject) throws -> TransformerConfiguration {
        let key = "transformer_layer_config"
        let read = try HuggingFaceConfiguration(json: json.required(key, json.object(key))).configuration()
        guard case .array(let elements)? = ours.members["rope_divisors"] else { return read }
        let divisors = try elements.map { element in
            guard let number = element.number else {
                throw ours.failure("rope_divisors", "an array of numbers is needed")
            }
            return Float(number)
        }
        do {
            return try TransformerConfiguration(
                architecture: read.architecture, vocabularyCount: read.vocabularyCount, width: read.width,
                layerCount: read.layerCount, headCount: read.headCount, keyValueHeadCount: read.keyValueHeadCount,
                headWidth: read.headWidth, feedForwardWidth: read.feedForwardWidth, contextLength: read.contextLength,
                normEpsilon: read.normEpsilon, rotaryBase: read.rotaryBase, rotaryScaling: .divisors(divisors),
                hasAttentionBias: read.hasAttentionBias, hasQueryKeyNorm: read.hasQueryKeyNorm,
                tiesEmbedding: read.tiesEmbedding)
        } catch { throw ours.failure("rope_divisors", clause(error)) }
    }

    /// What an error says, without the full stop that the sentence around it brings.
    private static func clause(_ error: any Error) -> String {
        let text = "\(error)"
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }

    private static func memory(_ ours: JSONObject) throws -> TandemConfiguration.Memory {
        let memory = try ours.required("memory", ours.object("memory"))
        switch try memory.required("kind", memory.string("kind")) {
        case "none": return .none
        case "fused": return .fused(states: try memory.required("states", memory.integers("states")))
        case "per_layer":
            if case .array? = memory.members["layer_map"] {
                return .perLayer(.explicit(try memory.required("layer_map", memory.integers("layer_map"))))
            }
            return .perLayer(
                try word(
                    "layer_map", of: memory,
                    [("top_aligned", .topAligned), ("uniform", .uniform), ("proportional", .proportional)]))
        case let other:
            throw memory.failure("kind", "memory of the kind \(quoted(other)) is not known")
        }
    }

    private static func identity(_ json: JSONObject) throws -> LargeModelIdentity {
        func count(_ key: String) throws -> Int {
            let count = try json.required(key, json.integer(key))
            guard count > 0 else { throw json.failure(key, "it is \(count), but it must be positive") }
            return count
        }
        let fingerprint = try json.required("fingerprint", json.string("fingerprint"))
        guard fingerprint.utf8.count == 64 else {
            throw json.failure("fingerprint", "it has \(fingerprint.utf8.count) characters, where 64 are needed")
        }
        return LargeModelIdentity(
            name: try json.required("name", json.string("name")), source: try json.string("source"),
            fingerprint: fingerprint, contentHash: try json.string("content_hash"),
            quantization: try json.required("quantization", json.string("quantization")),
            license: try json.string("license"),
            architecture: try word("model_type", of: json, Architecture.allCases.map { ($0.rawValue, $0) }),
            width: try count("hidden_size"), layerCount: try count("num_hidden_layers"),
            vocabularyCount: try count("vocab_size"))
    }

    private static func speculativeTokenCount(_ json: JSONObject) throws -> Int {
        let key = "speculators_config"
        let settings = try json.required(key, json.object(key))
        let methods = try settings.required("proposal_methods", settings.objects(ifArray: "proposal_methods"))
        guard let method = methods.first else { throw settings.failure("proposal_methods", "there is none") }
        let count = try method.required("speculative_tokens", method.integer("speculative_tokens"))
        guard (1...64).contains(count) else {
            throw method.failure("speculative_tokens", "it is \(count), but it must lie between 1 and 64")
        }
        return count
    }
}
