/// What a folder of shards was made from: kept in it as `distill.json`, so that a run that goes on does so with the same.
public struct DistillationRecord: Sendable, Equatable, Codable {
    /// What the large model was asked for.
    public var options: DistillationOptions
    /// What people call the large model.
    public var model: String
    /// Hash of its weights.
    public var modelHash: String
    /// Hash of its tokenizer.
    public var tokenizerFingerprint: String
    /// Hash of the file of prompts or conversations, or of the text.
    public var promptsHash: String
    /// Prompts or conversations of the file, or windows of the text, that were left out in front.
    public var skippedPromptCount: Int
    /// Prompts that are asked, or conversations or windows that are read.
    public var promptCount: Int
    /// Tokens of a window, if a text is read; nil if not.
    public var windowLength: Int?
    /// True if conversations are read that are there already; nil if not.
    public var readsConversations: Bool?

    /// A record of what the caller knows.
    public init(
        options: DistillationOptions, model: String, modelHash: String, tokenizerFingerprint: String,
        promptsHash: String, skippedPromptCount: Int, promptCount: Int, windowLength: Int? = nil,
        readsConversations: Bool = false
    ) {
        self.options = options
        self.model = model
        self.modelHash = modelHash
        self.tokenizerFingerprint = tokenizerFingerprint
        self.promptsHash = promptsHash
        self.skippedPromptCount = skippedPromptCount
        self.promptCount = promptCount
        self.windowLength = windowLength
        self.readsConversations = readsConversations ? true : nil
    }

    /// What differs from another record, in words.
    func differences(from other: DistillationRecord) -> [String] {
        func compare<Value: Equatable>(_ name: String, _ value: (DistillationRecord) -> Value) -> String? {
            let (mine, others) = (value(self), value(other))
            return mine == others ? nil : "\(name) (\(others) there, \(mine) now)"
        }
        return [
            compare("model weights", \.modelHash), compare("tokenizer", \.tokenizerFingerprint),
            compare("file of prompts", \.promptsHash), compare("prompts left out", \.skippedPromptCount),
            compare("number of prompts", \.promptCount),
            compare("tokens of a window") { $0.windowLength.map { "\($0)" } ?? "no windows" },
            compare("what is done") {
                $0.readsConversations == true ? "conversations are read" : "prompts are answered"
            },
            compare("prompts of a shard", \.options.shardPromptCount),
            compare("tokens of an answer", \.options.maximumTokenCount),
            compare("tokens of a prompt", \.options.maximumPromptTokenCount),
            compare("share of greedy answers", \.options.greedyShare),
            compare("temperature", \.options.temperature), compare("seed", \.options.seed),
            compare("likeliest tokens", \.options.topCount), compare("hidden states", \.options.states),
            compare("system message") { $0.options.system ?? "none" },
        ].compactMap { $0 }
    }
}
