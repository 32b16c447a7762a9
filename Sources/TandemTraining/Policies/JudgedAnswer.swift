import TandemJSON
public import TandemText

/// A question with an answer that is right and, perhaps, one that is wrong: what a judge learns from.
///
///     {"turns": ["What is 2 + 2?"], "right": "It is 4.", "wrong": "It is 5."}
///     {"turns": ["What is 2 + 2?"], "right": "It is 4."}
///     {"messages": [{"role": "user", "content": "What is 2 + 2?"}, {"role": "assistant", "content": "It is 4."}]}
public struct JudgedAnswer: Sendable, Equatable {
    /// What was said before the answer.
    public var messages: [ChatMessage]
    /// An answer that is right.
    public var right: String
    /// One that is wrong, made by changing the right one; nil: the small model's own errors are taken.
    public var wrong: String?

    /// A question with answers.
    public init(messages: [ChatMessage], right: String, wrong: String? = nil) {
        self.messages = messages
        self.right = right
        self.wrong = wrong
    }

    /// The answers of a JSONL file. Blank lines are skipped.
    ///
    /// - Throws: ``TrainingError`` that names the file and the line that cannot be read, `MappedFileError` for the file.
    public static func answers(path: String) throws -> [JudgedAnswer] {
        try TrainingText.lines(
            of: path, example: #"{"turns": ["What is 2 + 2?"], "right": "It is 4.", "wrong": "It is 5."}"#, read: read)
    }

    private static func read(_ line: TrainingText.Line) throws(TrainingText.Flaw) -> JudgedAnswer {
        var messages = try line.messages()?.map { ChatMessage(role: $0.role, content: $0.content) } ?? []
        var right = try line.text("right")
        if let turns = try line.texts("turns") {
            guard messages.isEmpty else { throw .init("it has \"turns\" and \"messages\"; one is needed") }
            guard turns.count == 1 else { throw .init("it has \(turns.count) turns, where one question is needed") }
            messages = [ChatMessage(role: "user", content: turns[0])]
        } else if right == nil, let last = messages.last, last.role == "assistant", case .text(let text)? = last.content
        {
            right = text
            messages.removeLast()
        }
        guard messages.last?.role == "user" else { throw .init("nobody asks anything in it right before the answer") }
        guard let right, !right.isEmpty else { throw .init("it has no right answer: \"right\" is missing") }
        let wrong = try line.text("wrong")
        guard wrong != right else { throw .init("its wrong answer is the right one") }
        return JudgedAnswer(messages: messages, right: right, wrong: wrong)
    }
}
