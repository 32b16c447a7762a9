public import TandemModels

/// A model as it lies on disk: weights and all that is needed to talk to it.
///
/// Opened by ``CheckpointReader``; opening checks every tensor's shape against the configuration, so `tensor(_:)` does
/// not fail for the paths in `parameters`.
public protocol ModelCheckpoint: ParameterSource {
    /// The file or directory, as the caller named it.
    var path: String { get }
    /// What people call the model.
    var displayName: String { get }
    /// The licence that its makers give it under, as the hub names licences; nil where the files do not say.
    var license: String? { get }
    /// What the makers call that licence, where the hub has no name for it but `other`; nil where the files do not say.
    var licenseName: String? { get }
    /// Bytes on disk of the files that hold the weights.
    var byteCount: Int { get }
    /// What the tokenizer is made from.
    var tokenizerSource: TokenizerSource { get }
    /// The Jinja template that turns a conversation into a prompt, if the model brings one.
    var chatTemplate: String? { get }
    /// What the model's makers recommend for generation.
    var generationDefaults: GenerationDefaults { get }
    /// Tensors in the files that the configuration has no use for and that do not change the result.
    var unexpectedTensors: [String] { get }
    /// SHA-256, in hexadecimal, of the weights: see ``contentHash(of:)``. Reads the whole model.
    func contentHash() throws -> String
}

/// What a tokenizer is made from.
public enum TokenizerSource: Sendable {
    /// The metadata of a GGUF file: the keys that begin with `tokenizer.`.
    case gguf(GGUFFile)
    /// The bytes of `tokenizer.json`, and those of `tokenizer_config.json` if there is one.
    case directory(tokenizer: [UInt8], configuration: [UInt8]?)
    /// The files hold no tokenizer.
    case missing
}

/// What a model's makers recommend for generation; `nil` where they say nothing.
public struct GenerationDefaults: Sendable, Equatable {
    /// Tokens that end an answer.
    public var endTokens: [Int] = []
    /// Token that begins a text.
    public var beginToken: Int?
    /// Whether to draw at random at all.
    public var samples: Bool?
    /// Divisor of the logits.
    public var temperature: Double?
    /// How many of the likeliest tokens may be drawn.
    public var topK: Int?
    /// Probability that the drawn-from tokens must have together.
    public var topP: Double?
    /// Smallest probability, relative to the likeliest token's.
    public var minP: Double?
    /// Divisor of the logits of tokens that occurred.
    public var repetitionPenalty: Double?

    /// Says nothing.
    public init() {}
}
