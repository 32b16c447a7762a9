import TandemModels

/// How far a run that makes shards has come.
public struct DistillationProgress: Sendable, Equatable {
    /// Prompts that are done, those of earlier runs included.
    public var promptCount = 0
    /// Prompts that are done, of this run.
    public var newPromptCount = 0
    /// Prompts of this run that were too long.
    public var tooLongCount = 0
    /// Prompts that this rank has to do, those of earlier runs included.
    public var promptTotal = 0
    /// Shards that are whole.
    public var shardCount = 0
    /// Tokens to learn from that this run has made: what the large model has said, or text that it has read.
    public var answerTokenCount = 0
    /// Tokens of prompts that it has read in this run.
    public var promptTokenCount = 0

    /// Nothing yet.
    public init() {}
}

/// One process's part in filling a folder: which prompts are left, and where their documents go.
final class ShardRun {
    private(set) var progress = DistillationProgress()
    /// The prompts to be done, in order.
    let prompts: [Int]
    private let folder: ShardFolder
    private let configuration: TransformerConfiguration
    private var writers: [Int: ShardWriter] = [:]

    init(_ folder: ShardFolder, model: TransformerConfiguration, rank: Int, of rankCount: Int) throws {
        precondition(rank >= 0 && rank < rankCount, "There is no rank \(rank) among \(rankCount).")
        try folder.begin()
        self.folder = folder
        configuration = model
        let missing = folder.missingShards(rank: rank, of: rankCount)
        folder.removeRemains(of: missing)
        prompts = missing.flatMap { folder.prompts(ofShard: $0) }
        for shard in stride(from: rank, to: folder.shardCount, by: rankCount) {
            progress.promptTotal += folder.prompts(ofShard: shard).count
            guard !missing.contains(shard) else { continue }
            progress.promptCount += folder.prompts(ofShard: shard).count
            progress.shardCount += 1
        }
    }

    /// Counts tokens that the large model has said, or read.
    func count(answerTokens: Int = 0, promptTokens: Int = 0) {
        progress.answerTokenCount += answerTokens
        progress.promptTokenCount += promptTokens
    }

    /// Takes what has become of a prompt; nil if it was too long to be asked.
    func finish(_ prompt: Int, _ documents: [DistilledDocument]?) throws {
        progress.promptCount += 1
        progress.newPromptCount += 1
        if documents == nil { progress.tooLongCount += 1 }
        let shard = prompt / folder.record.options.shardPromptCount
        let writer =
            try writers[shard]
            ?? ShardWriter(folder, shard: shard, model: (configuration.vocabularyCount, configuration.width))
        writers[shard] = writer
        guard try writer.add(documents ?? [], ofPrompt: prompt) else { return }
        writers[shard] = nil
        progress.shardCount += 1
    }
}
