/// What was wrong with a chat template, and in which of its lines.
public struct ChatTemplateError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kinds of failure, for callers that answer them differently.
    public enum Kind: Sendable, Equatable {
        /// The template cannot be read.
        case syntax
        /// The template met a value that it cannot handle.
        case evaluation
        /// The template itself refused its input with `raise_exception`.
        case refused
        /// The template went past one of ``ChatTemplate/Limits``.
        case limit
        /// The input is not what a conversation may hold.
        case input
    }

    /// What kind of failure this is.
    public var kind: Kind
    /// The line of the template, counted from 1; nil where no line is to blame.
    public var line: Int?
    /// What was wrong, as a sentence without a full stop.
    public var message: String

    /// Describes a failure.
    public init(kind: Kind, line: Int?, message: String) {
        self.kind = kind
        self.line = line
        self.message = message
    }

    /// The sentence for people.
    public var description: String {
        if let line { "chat template, line \(line): \(message)" } else { "chat template: \(message)" }
    }
}
