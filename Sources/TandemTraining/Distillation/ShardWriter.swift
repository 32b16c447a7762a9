import TandemMath

/// A conversation as it is kept.
struct DistilledDocument {
    var tokens: [Int]
    /// Which tokens the large model said.
    var marks: [Bool]
    var recording: Recording
}

/// Writes a shard whose documents become ready in any order.
///
/// They are written in the order of their prompts, and those that are ready too early wait, so that the files depend on
/// nothing but the prompts.
final class ShardWriter {
    private let prompts: Range<Int>
    private let topCount: Int
    private let tokens: TokenFileWriter
    private let top: TopTokenFileWriter
    private let states: StateFileWriter?
    private var next: Int
    private var waiting: [Int: [DistilledDocument]] = [:]

    init(_ folder: ShardFolder, shard: Int, model: (vocabularyCount: Int, width: Int)) throws {
        let base = folder.base(ofShard: shard)
        let options = folder.record.options
        prompts = folder.prompts(ofShard: shard)
        next = prompts.lowerBound
        topCount = options.topCount
        tokens = try TokenFileWriter(
            path: base + TrainingData.suffix, vocabularyCount: model.vocabularyCount,
            tokenizerFingerprint: folder.record.tokenizerFingerprint)
        top = try TopTokenFileWriter(
            path: base + ".top", topCount: options.topCount, vocabularyCount: model.vocabularyCount)
        states =
            options.states.isEmpty
            ? nil : try StateFileWriter(path: base + ".states", states: options.states, width: model.width)
    }

    /// Takes what has become of a prompt; true once the shard is whole and has its name.
    func add(_ documents: [DistilledDocument], ofPrompt prompt: Int) throws -> Bool {
        precondition(prompts.contains(prompt) && prompt >= next && waiting[prompt] == nil, "A prompt is answered once.")
        waiting[prompt] = documents
        while let documents = waiting.removeValue(forKey: next) {
            for document in documents { try write(document) }
            next += 1
        }
        guard next == prompts.upperBound else { return false }
        try states?.finish()
        try top.finish()
        try tokens.finish()
        return true
    }

    private func write(_ document: DistilledDocument) throws {
        let recording = document.recording
        precondition(
            recording.readCount == document.tokens.count - 1
                && recording.tokens.count == topCount * document.marks.count { $0 },
            "The large model reads all tokens but the last, and says something about every marked one.")
        try tokens.append(document.tokens, marks: document.marks)
        try top.append(
            TopTokens(count: topCount, tokens: recording.tokens, logProbabilities: recording.logProbabilities))
        try states?.append(recording.states, tokenCount: document.tokens.count)
    }
}
