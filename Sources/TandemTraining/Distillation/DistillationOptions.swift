public import TandemModels

/// What the large model is asked for, and what is kept of it.
public struct DistillationOptions: Sendable, Equatable, Codable {
    /// Tokens of an answer at most, the one that ends it included.
    public var maximumTokenCount = 256
    /// Prompts with more tokens are passed over.
    public var maximumPromptTokenCount = 1024
    /// Share of the prompts that are answered with the likeliest token each time; the others by drawing.
    public var greedyShare = 0.5
    /// Flattens (above 1) or sharpens (below 1) the law that is drawn from.
    public var temperature = 1.0
    /// Decides which prompts are answered greedily, and every draw.
    public var seed: UInt64 = 1
    /// How many of the likeliest tokens are kept at each position.
    public var topCount = 32
    /// Which hidden states are kept, ascending (`LargeModel` says how they are counted).
    public var states: [Int] = []
    /// What is said to the model before every conversation.
    public var system: String?
    /// Prompts of a shard.
    public var shardPromptCount = 512

    /// What no count of tokens or prompts may exceed, so that products of them can be reckoned with.
    public static let greatestCount = 1 << 24

    /// The defaults.
    public init() {}

    /// Checks the options against a model.
    ///
    /// - Throws: ``TrainingError`` that says what is possible.
    public func check(for model: TransformerConfiguration) throws {
        func require(_ holds: Bool, _ what: String) throws {
            if !holds { throw TrainingError(what) }
        }
        let counts = 1...Self.greatestCount
        try require(
            counts.contains(maximumTokenCount),
            "Answers of up to \(maximumTokenCount) tokens cannot be had; ask for 1 to \(Self.greatestCount).")
        try require(
            counts.contains(maximumPromptTokenCount),
            "Prompts of up to \(maximumPromptTokenCount) tokens cannot be; allow 1 to \(Self.greatestCount).")
        try require(
            (0...1).contains(greedyShare), "The share of greedy answers is \(greedyShare); it must lie between 0 and 1."
        )
        try require(
            temperature > 0 && temperature.isFinite,
            "The temperature is \(temperature); it must be above 0. (For greedy answers alone, their share is 1.)")
        try require(
            (1...min(1024, model.vocabularyCount)).contains(topCount),
            "\(topCount) likeliest tokens cannot be kept; 1 to \(min(1024, model.vocabularyCount)) can.")
        try require(
            counts.contains(shardPromptCount),
            "Shards of \(shardPromptCount) prompts cannot be; a shard has 1 to \(Self.greatestCount).")
        try require(
            states == Set(states).sorted() && states.allSatisfy { (0...model.layerCount).contains($0) },
            "The hidden states \(states) cannot be kept; the model has 0 to \(model.layerCount), each named once.")
    }
}
