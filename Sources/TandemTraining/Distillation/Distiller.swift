import TandemDecoding
public import TandemMath
import TandemModels

/// Lets the large model answer prompts, many at once, and keeps what a small one can learn from: the tokens, how likely
/// the large model found which, and its hidden states.
///
/// Conversations that end make room for the next ones, so that every pass over the weights serves as many as it can; the
/// shards that they belong to are written as they fill. A shard's bytes depend on the record of its folder alone: not on
/// how many conversations there are at once, nor on threads, ranks, or how often the run was interrupted.
///
///     let folder = try ShardFolder(path: "answers", record: record)
///     try Distiller(teacher, questions: questions, folder: folder, batchCount: 32, pool: pool).run()
///     let data = try TrainingData(paths: ["answers"])
public final class Distiller {
    private let teacher: Teacher
    private let folder: ShardFolder
    private let questions: [Question]
    private let batchCount: Int
    private let target: RecordingTarget

    /// Prepares a run.
    ///
    /// - Parameters:
    ///   - teacher: The large model.
    ///   - questions: The prompts of the folder's record.
    ///   - folder: Where shards go.
    ///   - batchCount: How many conversations to lead at once.
    ///   - pool: Threads for it.
    /// - Throws: ``TrainingError`` if the options do not fit the model.
    public init(
        _ teacher: Teacher, questions: [Question], folder: ShardFolder, batchCount: Int, pool: ComputePool
    ) throws {
        precondition(questions.count == folder.record.promptCount, "The record speaks of other prompts.")
        precondition(batchCount > 0, "At least one conversation is led at a time.")
        let options = folder.record.options
        try options.check(for: teacher.model.configuration)
        self.teacher = teacher
        self.questions = questions
        self.folder = folder
        self.batchCount = batchCount
        target = RecordingTarget(teacher.model, topCount: options.topCount, states: options.states, pool: pool)
    }

    /// Makes the shards of this rank that are not there yet.
    ///
    /// - Parameters:
    ///   - rank: Which of the processes that share the work this is.
    ///   - rankCount: How many there are. They do not talk to each other.
    ///   - report: Told after every pass; what it throws ends the run, and the shards under way are lost.
    /// - Throws: What goes wrong with files or the model, or what `report` throws.
    @discardableResult
    public func run(
        rank: Int = 0, of rankCount: Int = 1, report: (DistillationProgress) throws -> Void = { _ in }
    ) throws -> DistillationProgress {
        let run = try ShardRun(folder, model: teacher.model.configuration, rank: rank, of: rankCount)
        try report(run.progress)
        let loop = DecodingLoop(target: target)
        var interviews: [ObjectIdentifier: Interview] = [:]
        var waiting = run.prompts[...]
        while true {
            while interviews.count < batchCount, let prompt = waiting.popFirst() {
                guard let interview = try begin(prompt) else {
                    try run.finish(prompt, nil)
                    continue
                }
                interviews[ObjectIdentifier(interview.conversation)] = interview
                loop.add(interview.conversation)
            }
            guard !loop.isEmpty else { break }
            for result in try loop.round() {
                let emission = try result.outcome.get()
                run.count(answerTokens: emission.tokens.count)
                guard emission.finish != nil,
                    let interview = interviews.removeValue(forKey: ObjectIdentifier(result.conversation))
                else { continue }
                let metrics = result.conversation.metrics
                run.count(promptTokens: metrics.promptTokenCount - metrics.reusedTokenCount)
                if try interview.goOn() {
                    interviews[ObjectIdentifier(interview.conversation)] = interview
                    loop.add(interview.conversation)
                } else {
                    try run.finish(interview.prompt, interview.documents)
                }
            }
            try report(run.progress)
        }
        try report(run.progress)
        return run.progress
    }

    private func begin(_ prompt: Int) throws -> Interview? {
        do {
            return try Interview(
                questions[prompt], prompt: prompt, teacher: teacher, target: target, options: folder.record.options)
        } catch {
            let number = prompt + folder.record.skippedPromptCount + 1
            throw TrainingError("Prompt \(number) cannot be asked: \(error)")
        }
    }
}
