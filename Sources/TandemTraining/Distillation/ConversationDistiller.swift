public import TandemMath
import TandemModels
import TandemText

/// Lets the large model read conversations that somebody else has led, and keeps what it expected wherever the assistant
/// speaks: for learning from answers that are better, or other, than its own.
///
/// Conversations take the place of prompts in the folder's record. What the assistant says is marked, up to the token that
/// ends it. What goes beyond the model's context is left out.
public final class ConversationDistiller {
    private let teacher: Teacher
    private let folder: ShardFolder
    private let conversations: [TrainingConversation]
    private let reader: DocumentReader

    /// Prepares a run.
    ///
    /// - Parameters:
    ///   - teacher: The large model.
    ///   - conversations: What to read, as many as the folder's record says.
    ///   - folder: Where shards go.
    ///   - pool: Threads for it.
    /// - Throws: ``TrainingError`` if the options do not fit the model.
    public init(
        _ teacher: Teacher, conversations: [TrainingConversation], folder: ShardFolder, pool: ComputePool
    ) throws {
        precondition(conversations.count == folder.record.promptCount, "The record speaks of other conversations.")
        let options = folder.record.options
        try options.check(for: teacher.model.configuration)
        self.teacher = teacher
        self.conversations = conversations
        self.folder = folder
        reader = DocumentReader(
            target: RecordingTarget(teacher.model, topCount: options.topCount, states: options.states, pool: pool))
    }

    /// Makes the shards of this rank that are not there yet; see ``Distiller/run(rank:of:report:)``.
    @discardableResult
    public func run(
        rank: Int = 0, of rankCount: Int = 1, report: (DistillationProgress) throws -> Void = { _ in }
    ) throws -> DistillationProgress {
        let run = try ShardRun(folder, model: teacher.model.configuration, rank: rank, of: rankCount)
        try report(run.progress)
        for number in run.prompts {
            let documents = try documents(of: number)
            let read = try documents.map { document in
                try reader.read(document.tokens, marks: document.marks) { count, isLearnt in
                    run.count(answerTokens: isLearnt ? count : 0, promptTokens: isLearnt ? 0 : count)
                    try report(run.progress)
                }
            }
            // Without anything to learn it counts as too long: a prompt that fills the context.
            try run.finish(number, read.isEmpty ? nil : read)
        }
        try report(run.progress)
        return run.progress
    }

    /// What is read of a conversation: every document that has something to learn, as far as the context goes.
    private func documents(of number: Int) throws -> [MarkedDocument] {
        var messages = conversations[number].messages.map { ChatMessage(role: $0.role, content: $0.content) }
        if let system = folder.record.options.system, !messages.contains(where: { $0.role == "system" }) {
            messages.insert(ChatMessage(role: "system", content: system), at: 0)
        }
        do {
            return try teacher.documents(of: messages)
                .map { $0.prefix(teacher.model.configuration.contextLength) }
                .filter { $0.marks.contains(true) }
        } catch {
            let line = number + folder.record.skippedPromptCount + 1
            throw TrainingError("Conversation \(line) cannot be read: \(error)")
        }
    }
}
