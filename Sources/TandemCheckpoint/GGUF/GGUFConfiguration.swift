import TandemJSON
import TandemMath
import TandemModels

/// Reads the shape of the model from a GGUF's metadata, and refuses what our one transformer cannot express.
struct GGUFConfiguration {
    let file: GGUFFile
    let prefix: String
    let architecture: Architecture
    private var metadata: GGUFMetadata { file.metadata }

    /// GGUF files of Mistral models call themselves llama.
    private static let architectures: [String: Architecture] = ["llama": .llama, "qwen2": .qwen2, "qwen3": .qwen3]

    init(file: GGUFFile) throws {
        let name = try file.metadata.string("general.architecture")
        guard let architecture = Self.architectures[name] else {
            throw CheckpointError(
                file: file.path, place: .key("general.architecture"),
                problem: "the architecture \(quoted(name)) is not supported",
                remedy: "Use a model of one of: \(Self.architectures.keys.sorted().joined(separator: ", ")).")
        }
        self.file = file
        self.architecture = architecture
        prefix = name
    }

    func configuration() throws -> TransformerConfiguration {
        try refuseUnsupported()
        let width = try metadata.integer("\(prefix).embedding_length")
        let headCount = try perLayer("attention.head_count") ?? metadata.integer("\(prefix).attention.head_count")
        let keyLength = try metadata.integer(ifPresent: "\(prefix).attention.key_length")
        let contextLength = try metadata.integer("\(prefix).context_length")
        try refuse("attention.sliding_window", unless: { $0 <= 0 || $0 >= contextLength }) {
            "a sliding window of \($0) positions, shorter than the context of \(contextLength), is not supported"
        }
        do {
            let configuration = try TransformerConfiguration(
                architecture: architecture, vocabularyCount: try vocabularyCount(), width: width,
                layerCount: try metadata.integer("\(prefix).block_count"), headCount: headCount,
                keyValueHeadCount: try perLayer("attention.head_count_kv") ?? headCount, headWidth: keyLength,
                feedForwardWidth: try perLayer("feed_forward_length")
                    ?? metadata.integer("\(prefix).feed_forward_length"),
                contextLength: contextLength,
                normEpsilon: Float(try metadata.float("\(prefix).attention.layer_norm_rms_epsilon")),
                rotaryBase: try metadata.float(ifPresent: "\(prefix).rope.freq_base") ?? 10_000,
                rotaryScaling: try rotaryScaling(),
                hasAttentionBias: architecture == .qwen2 || file.tensor(named: "blk.0.attn_q.bias") != nil,
                hasQueryKeyNorm: architecture == .qwen3,
                tiesEmbedding: file.tensor(named: "output.weight") == nil)
            try checkHeads(of: configuration)
            return configuration
        } catch let error as ConfigurationError {
            throw CheckpointError(
                file: file.path, problem: "its metadata describe a model that cannot be: \(error)",
                remedy: Remedy.damaged)
        }
    }

    /// The vocabulary's length is that of the token list; a file without tokenizer has it from its embedding.
    private func vocabularyCount() throws -> Int {
        if let count = metadata.elementCount(of: "tokenizer.ggml.tokens") { return count }
        if let count = try metadata.integer(ifPresent: "\(prefix).vocab_size") { return count }
        return file.tensor(named: GGUFNaming.name(of: .embedding))?.rows ?? 0
    }

    /// An integer that some converters write once for each layer; all must agree.
    private func perLayer(_ name: String) throws -> Int? {
        let key = "\(prefix).\(name)"
        guard metadata.type(of: key) == .array else { return try metadata.integer(ifPresent: key) }
        let values = try metadata.integers(key)
        guard let first = values.first, values.allSatisfy({ $0 == first }) else {
            throw unsupported(key, "the layers of the model differ in it, which is not supported")
        }
        return first
    }

    private func rotaryScaling() throws -> RotaryScaling {
        let typeKey = "\(prefix).rope.scaling.type"
        let factor =
            try metadata.float(ifPresent: "\(prefix).rope.scaling.factor")
            ?? metadata.float(ifPresent: "\(prefix).rope.scale_linear") ?? 0
        var scaling = RotaryScaling.none
        // Without a type a factor means linear scaling; a factor of 0 means none.
        switch try metadata.string(ifPresent: typeKey) ?? "linear" {
        case "none": break
        case "linear": if factor != 0, factor != 1 { scaling = .linear(factor: factor) }
        case let other:
            throw unsupported(
                typeKey, "rotary scaling of the type \(quoted(other)) is not supported; none and linear are")
        }
        guard let divisors = file.tensor(named: GGUFNaming.rotaryDivisors) else { return scaling }
        guard scaling == .none else {
            throw unsupported(
                typeKey, "linear rotary scaling together with \(GGUFNaming.rotaryDivisors) is not supported")
        }
        // A frequency for each pair of a head's channels: no head is wider than 1024.
        guard divisors.shape.count == 1, divisors.columns <= 512 else {
            throw CheckpointError(
                file: file.path, place: .tensor(divisors.name),
                problem: "its shape is \(divisors.shape), where half a head's width is needed", remedy: Remedy.damaged)
        }
        return .divisors(divisors.floats())
    }

    private func checkHeads(of configuration: TransformerConfiguration) throws {
        let headWidth = configuration.headWidth
        try refuse("rope.dimension_count", unless: { $0 == headWidth }) {
            "rotary embedding of \($0) of a head's \(headWidth) channels is not supported"
        }
        try refuse("attention.value_length", unless: { $0 == headWidth }) {
            "values of \($0) channels beside keys of \(headWidth) are not supported"
        }
        // 0 stands for the usual scale.
        let usual = 1 / Double(headWidth).squareRoot()
        try refuse("attention.scale", unlessFloat: { $0 == 0 || abs($0 - usual) <= usual * 1e-6 }) {
            "an attention scale of \($0) is not supported; \(usual) is"
        }
    }
}

extension GGUFConfiguration {
    /// Keys that make a model compute something that our configuration has no word for, unless they are neutral.
    private func refuseUnsupported() throws {
        if let type = try metadata.string(ifPresent: "general.type"), type != "model" {
            throw CheckpointError(
                file: file.path, place: .key("general.type"),
                problem: "the file holds no whole model but \(quoted(type))", remedy: "Give the model's own GGUF file.")
        }
        if let count = try metadata.integer(ifPresent: "split.count"), count > 1 {
            throw CheckpointError(
                file: file.path, place: .key("split.count"), problem: "the model is split over \(count) files",
                remedy: "Join them into one with llama.cpp's llama-gguf-split --merge.")
        }
        try refuse("expert_count", unless: { $0 == 0 }) { "a mixture of \($0) experts is not supported" }
        try refuse("nextn_predict_layers", unless: { $0 == 0 }) {
            "\($0) layers for predicting further tokens are not supported"
        }
        for name in ["use_parallel_residual", "swin_norm"] {
            let key = "\(prefix).\(name)"
            if try metadata.bool(ifPresent: key) == true {
                throw unsupported(key, "this kind of block is not supported")
            }
        }
        if try metadata.bool(ifPresent: "\(prefix).attention.causal") == false {
            throw unsupported("\(prefix).attention.causal", "attention to later positions is not supported")
        }
        let scales = ["logit_scale", "residual_scale", "embedding_scale", "rope.scaling.attn_factor"]
        for name in scales {
            try refuse(name, unlessFloat: { $0 == 0 || $0 == 1 }) { "a scale of \($0) is not supported" }
        }
        for name in [
            "attention.clamp_kqv", "attention.max_alibi_bias", "attn_logit_softcapping", "final_logit_softcapping",
        ] {
            try refuse(name, unlessFloat: { $0 == 0 }) { "a bound or bias of \($0) is not supported" }
        }
    }

    private func refuse(
        _ name: String, unless isFine: (Int) -> Bool, _ sentence: (Int) -> String
    ) throws {
        let key = "\(prefix).\(name)"
        guard let value = try metadata.integer(ifPresent: key), !isFine(value) else { return }
        throw unsupported(key, sentence(value))
    }

    private func refuse(
        _ name: String, unlessFloat isFine: (Double) -> Bool, _ sentence: (Double) -> String
    ) throws {
        let key = "\(prefix).\(name)"
        guard let value = try metadata.float(ifPresent: key), !isFine(value) else { return }
        throw unsupported(key, sentence(value))
    }

    private func unsupported(_ key: String, _ sentence: String) -> CheckpointError {
        CheckpointError(
            file: file.path, place: .key(key), problem: sentence,
            remedy: "Use another model of the family: this one would not compute what its makers meant.")
    }
}
