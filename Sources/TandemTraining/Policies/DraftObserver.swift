public import TandemDecoding
public import TandemMath
public import TandemModels
import TandemText

/// Lets the large model answer prompts while the small one drafts, many at once, and writes down what becomes of every guess.
///
/// The answers are the large model's own, as always; blocks have one length whatever the drafter thinks of its guesses, so
/// that what is seen does not depend on a policy that is yet to be made. What is observed of a question follows from it and
/// the settings alone.
public final class DraftObserver {
    /// How answers are given and drafted.
    public struct Settings: Sendable, Equatable, Codable {
        /// Tokens that are drafted in every round.
        public var blockLength = 8
        /// How many of the likeliest tokens are written down with each guess.
        public var topCount = 4
        /// Tokens of an answer at most.
        public var maximumTokenCount = 128
        /// Share of the questions that are answered with the likeliest token each time; the others by drawing.
        public var greedyShare = 0.5
        /// The temperature that is drawn at.
        public var temperature = 1.0
        /// Decides which questions are answered how, and every draw.
        public var seed: UInt64 = 1
        /// Conversations at once; changes nothing but the time.
        public var batchCount = 16

        /// The defaults.
        public init() {}
    }

    /// How far it is.
    public struct Progress: Sendable, Equatable {
        /// Questions in all.
        public var questionCount: Int
        /// Those that are done, with the ones that were too long to be asked.
        public var doneCount = 0
        /// Those that were too long.
        public var tooLongCount = 0
        /// Tokens of answers.
        public var tokenCount = 0
    }

    private let teacher: Teacher
    private let settings: Settings
    private let target: LargeTarget
    private let makeDrafter: () -> any Drafter

    /// An observer of `small` beside the teacher's model.
    public init(_ teacher: Teacher, small: SmallModel, settings: Settings, pool: ComputePool) {
        precondition(
            settings.blockLength > 0 && settings.topCount > 0 && settings.batchCount > 0,
            "Something is drafted and something seen of it.")
        self.teacher = teacher
        self.settings = settings
        let target = LargeTarget(teacher.model, contextLength: teacher.model.configuration.contextLength, pool: pool)
        self.target = target
        if small.configuration.memory == .none {
            let model = IndependentDraftModel(small, contextLength: target.contextLength, pool: pool)
            makeDrafter = { IndependentDrafter(model) }
        } else {
            let model = TandemDraftModel(small, contextLength: target.contextLength, pool: pool)
            makeDrafter = { TandemDrafter(model) }
        }
    }

    /// Asks the first turn of each question.
    ///
    /// - Parameters:
    ///   - questions: What is asked.
    ///   - report: Told after every round; what it throws ends the run.
    /// - Returns: What was observed of each question; nothing of those that are too long to be asked.
    /// - Throws: What goes wrong with the models, or what `report` throws.
    public func observe(
        _ questions: [Question], report: (Progress) throws -> Void = { _ in }
    ) throws -> [[DraftObservation]] {
        var found = [[DraftObservation]](repeating: [], count: questions.count)
        var progress = Progress(questionCount: questions.count)
        let loop = DecodingLoop(target: target)
        var seats: [ObjectIdentifier: (question: Int, rule: ObservingMatch)] = [:]
        var waiting = questions.indices[...]
        while true {
            while seats.count < settings.batchCount, let index = waiting.popFirst() {
                let rule = ObservingMatch()
                guard let conversation = try begin(questions[index], number: index, rule: rule) else {
                    progress.doneCount += 1
                    progress.tooLongCount += 1
                    continue
                }
                seats[ObjectIdentifier(conversation)] = (index, rule)
                loop.add(conversation)
            }
            guard !loop.isEmpty else { break }
            for result in try loop.round() {
                let emission = try result.outcome.get()
                progress.tokenCount += emission.tokens.count
                guard emission.finish != nil,
                    let seat = seats.removeValue(forKey: ObjectIdentifier(result.conversation))
                else { continue }
                result.conversation.close()
                found[seat.question] = seat.rule.observations
                progress.doneCount += 1
            }
            try report(progress)
        }
        return found
    }

    private func begin(_ question: Question, number: Int, rule: ObservingMatch) throws -> Conversation? {
        guard let first = question.turns.first else { return nil }
        var messages = [ChatMessage(role: "user", content: first)]
        if let system = question.system { messages.insert(ChatMessage(role: "system", content: system), at: 0) }
        let tokens = try teacher.tokens(messages)
        guard !tokens.isEmpty, tokens.count < target.contextLength else { return nil }
        var generator = SeededGenerator(seed: settings.seed, stream: UInt64(number) &+ 1)
        let isGreedy = generator.nextUnit() < settings.greedyShare
        return try Conversation(
            prompt: tokens, sampling: isGreedy ? .greedy : Sampling(temperature: Float(settings.temperature)),
            seed: generator.next(),
            stop: StopCondition(endOfText: teacher.endOfText, maximumTokenCount: settings.maximumTokenCount),
            text: NoText(),
            speculation: Speculation(
                drafter: makeDrafter(),
                blockLength: FixedLength(settings.blockLength, topCount: settings.topCount), rule: rule),
            target: target)
    }
}
