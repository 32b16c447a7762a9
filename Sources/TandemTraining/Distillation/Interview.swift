import TandemDecoding
import TandemMath
import TandemText

/// One prompt being answered, turn by turn.
///
/// Everything about it follows from the options and the prompt's number, so that it does not matter when, beside which
/// others, or by which process it is answered.
final class Interview {
    /// The prompt's number among those that are asked.
    let prompt: Int
    /// The turn that is being answered.
    private(set) var conversation: Conversation
    /// What has been said, as it is kept.
    private(set) var documents: [DistilledDocument] = []
    /// How many tokens the model has said.
    private(set) var answerTokenCount = 0
    private let teacher: Teacher
    private let target: RecordingTarget
    private let options: DistillationOptions
    private let turns: ArraySlice<String>
    private var turn = 0
    private var messages: [ChatMessage]
    /// Which of the conversation's tokens, up to where the answer begins, the model said.
    private var marks: [Bool]
    private let seed: UInt64
    private let isGreedy: Bool

    /// Begins with the first turn; nil if that is too long to be asked.
    init?(
        _ question: Question, prompt: Int, teacher: Teacher, target: RecordingTarget, options: DistillationOptions
    ) throws {
        var messages: [ChatMessage] = []
        if let system = question.system ?? options.system {
            messages.append(ChatMessage(role: "system", content: system))
        }
        guard let first = question.turns.first else { return nil }
        messages.append(ChatMessage(role: "user", content: first))
        let tokens = try teacher.tokens(messages)
        guard tokens.count <= options.maximumPromptTokenCount, tokens.count < target.contextLength else { return nil }
        var generator = SeededGenerator(seed: options.seed, stream: UInt64(prompt) &+ 1)
        isGreedy = generator.nextUnit() < options.greedyShare
        seed = generator.next()
        conversation = try Self.converse(
            tokens, isGreedy: isGreedy, seed: seed, options: options, teacher: teacher, target: target)
        marks = [Bool](repeating: false, count: tokens.count)
        self.prompt = prompt
        self.teacher = teacher
        self.target = target
        self.options = options
        self.messages = messages
        turns = question.turns[...]
    }

    private static func converse(
        _ tokens: [Int], isGreedy: Bool, seed: UInt64, options: DistillationOptions, teacher: Teacher,
        target: RecordingTarget, retained: RetainedMemory? = nil
    ) throws -> Conversation {
        try Conversation(
            prompt: tokens, sampling: isGreedy ? .greedy : Sampling(temperature: Float(options.temperature)),
            seed: seed,
            stop: StopCondition(endOfText: teacher.endOfText, maximumTokenCount: options.maximumTokenCount),
            text: NoText(), retained: retained, target: target)
    }

    /// Goes on to the next turn after an answer has ended; false if there is none.
    func goOn() throws -> Bool {
        let answer = Array(conversation.tokens[marks.count...])
        answerTokenCount += answer.count
        marks += [Bool](repeating: true, count: answer.count)
        turn += 1
        guard turn < turns.count, conversation.finishReason != .contextFull else {
            keep()
            return false
        }
        let text = try teacher.text(messages).text
        let said = teacher.tokenizer.decode(answer, skipsSpecial: true)
        messages.append(ChatMessage(role: "assistant", content: said))
        messages.append(ChatMessage(role: "user", content: turns[turns.startIndex + turn]))
        if let rest = try continuation(of: text + said, after: answer) {
            guard conversation.tokens.count + rest.count < target.contextLength else {
                keep()
                return false
            }
            let tokens = conversation.tokens + rest
            marks += [Bool](repeating: false, count: rest.count)
            conversation = try Self.converse(
                tokens, isGreedy: isGreedy, seed: seed, options: options, teacher: teacher, target: target,
                retained: conversation.retire())
            return true
        }
        // The template writes earlier turns in another way than they were said: what follows is a document of its own.
        keep()
        let tokens = try teacher.tokens(messages)
        guard tokens.count < target.contextLength else { return false }
        marks = [Bool](repeating: false, count: tokens.count)
        conversation = try Self.converse(
            tokens, isGreedy: isGreedy, seed: seed, options: options, teacher: teacher, target: target)
        return true
    }

    /// The tokens between an answer and the next one; nil if the template changes what was said before.
    private func continuation(of said: String, after answer: [Int]) throws -> [Int]? {
        guard let rest = try teacher.text(messages).suffix(after: said) else { return nil }
        var tokens = teacher.tokenizer.encode(rest, addsBeginning: false)
        // The token that ended the answer stands there already.
        if let last = answer.last, teacher.endOfText.contains(last) {
            guard tokens.first == last else { return nil }
            tokens.removeFirst()
        }
        return tokens.isEmpty ? nil : tokens
    }

    private func keep() {
        let memory = conversation.retire().memory
        documents.append(
            DistilledDocument(tokens: conversation.tokens, marks: marks, recording: target.recording(of: memory)))
        target.close(memory)
    }
}
