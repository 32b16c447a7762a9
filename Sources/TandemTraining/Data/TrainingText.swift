import Foundation
import TandemMath

/// A question for the large model to answer, as a line of a file of prompts: `{"kind": "qa", "turns": ["…"]}`.
public struct Prompt: Sendable, Equatable, Codable {
    /// What sort of task it is, for reports by kind.
    public var kind: String?
    /// What the user says, turn by turn.
    public var turns: [String]

    /// A prompt with these turns.
    public init(kind: String? = nil, turns: [String]) {
        self.kind = kind
        self.turns = turns
    }
}

/// A conversation, as a line of a file: `{"messages": [{"role": "user", "content": "…"}, …]}`.
public struct TrainingConversation: Sendable, Equatable, Codable {
    /// What one side says.
    public struct Message: Sendable, Equatable, Codable {
        /// `system`, `user` or `assistant`.
        public var role: String
        /// The text.
        public var content: String

        /// A message of a role.
        public init(role: String, content: String) {
            self.role = role
            self.content = content
        }
    }

    /// The messages in order.
    public var messages: [Message]

    /// A conversation with these messages.
    public init(messages: [Message]) { self.messages = messages }
}

/// What a large model is asked, turn by turn.
public struct Question: Sendable, Equatable {
    /// What is said to it beforehand.
    public var system: String?
    /// What the user says.
    public var turns: [String]

    /// A question with these turns.
    public init(system: String? = nil, turns: [String]) {
        self.system = system
        self.turns = turns
    }
}

/// Readers of training text.
public enum TrainingText {
    /// The prompts of a JSONL file. Blank lines are skipped.
    ///
    /// - Throws: ``TrainingError`` that names the file and the line that cannot be read, `MappedFileError` for the file.
    public static func prompts(path: String) throws -> [Prompt] {
        try lines(of: path, example: promptExample) { line throws(Flaw) in
            guard let turns = try line.texts("turns") else { throw Flaw("\"turns\" is missing") }
            guard !turns.isEmpty else { throw Flaw("it has no turns") }
            return Prompt(kind: try line.text("kind"), turns: turns)
        }
    }

    /// The conversations of a JSONL file, in each of which an assistant says something. Blank lines are skipped.
    ///
    /// - Throws: ``TrainingError`` that names the file and the line that cannot be read, `MappedFileError` for the file.
    public static func conversations(path: String) throws -> [TrainingConversation] {
        try lines(of: path, example: conversationExample) { line throws(Flaw) in
            guard let messages = try line.messages() else { throw Flaw("\"messages\" is missing") }
            guard !messages.isEmpty else { throw Flaw("it has no messages") }
            if let strange = messages.first(where: { !["system", "user", "assistant"].contains($0.role) }) {
                throw Flaw("its role \"\(strange.role)\" is none of system, user and assistant")
            }
            guard messages.contains(where: { $0.role == "assistant" }) else {
                throw Flaw("nobody answers in it: no message has the role assistant")
            }
            return TrainingConversation(messages: messages)
        }
    }

    /// What to ask a large model: the lines of a JSONL file of prompts, or of one of conversations, of which the user's side and
    /// the system message are taken. Blank lines are skipped.
    ///
    /// - Throws: ``TrainingError`` that names the file and the line that cannot be read, `MappedFileError` for the file.
    public static func questions(path: String) throws -> [Question] {
        try lines(of: path, example: promptExample) { line throws(Flaw) in
            let messages = try line.messages()
            let system = messages?.first { $0.role == "system" }?.content
            if let turns = try line.texts("turns") {
                guard !turns.isEmpty else { throw Flaw("it has no turns") }
                return Question(system: system, turns: turns)
            }
            guard let messages else { throw Flaw("it has neither \"turns\" nor \"messages\"") }
            let turns = messages.filter { $0.role == "user" }.map(\.content)
            guard !turns.isEmpty else { throw Flaw("nobody asks anything in it: no message has the role user") }
            return Question(system: system, turns: turns)
        }
    }

    /// The text of a file, which must be UTF-8.
    ///
    /// - Throws: ``TrainingError`` if it is not, `MappedFileError` for the file.
    public static func plainText(path: String) throws -> String {
        let bytes = try MappedFile(path: path).bytes
        guard let text = bytes.string(at: 0, count: bytes.count) else {
            throw TrainingError("\(path) is not UTF-8 text. Convert it first, for example with iconv.")
        }
        return text
    }

    private static let promptExample = #"{"kind": "qa", "turns": ["Why is the sky blue?"]}"#

    private static let conversationExample =
        #"{"messages": [{"role": "user", "content": "Hello."}, {"role": "assistant", "content": "Good morning."}]}"#
}
