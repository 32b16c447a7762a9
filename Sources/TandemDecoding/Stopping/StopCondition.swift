/// When an answer ends.
///
/// The end of the context ends it too; that is no option.
public struct StopCondition: Sendable, Hashable, Codable {
    /// Tokens that end the answer and are not part of it.
    public var endOfText: Set<Int>
    /// Texts that end the answer and are not part of it.
    public var strings: [String]
    /// How many tokens the answer may have; `nil` for as many as the context holds.
    public var maximumTokenCount: Int?

    /// A stop condition.
    ///
    /// - Throws: ``GenerationError/invalidOption(name:value:rule:)`` for an empty stop string or a limit below zero.
    public init(endOfText: Set<Int> = [], strings: [String] = [], maximumTokenCount: Int? = nil) throws {
        guard !strings.contains("") else {
            throw GenerationError.invalidOption(name: "stop", value: "an empty text", rule: "one character or more")
        }
        guard maximumTokenCount ?? 0 >= 0 else {
            throw GenerationError.invalidOption(
                name: "maximumTokenCount", value: "\(maximumTokenCount ?? 0)", rule: "0 or more, or left out")
        }
        self.endOfText = endOfText
        self.strings = strings
        self.maximumTokenCount = maximumTokenCount
    }
}

/// Why an answer ended.
public enum FinishReason: Sendable, Hashable, Codable {
    /// The model said so, with this token.
    case endOfText(token: Int)
    /// This text was about to appear.
    case stopString(String)
    /// The answer has as many tokens as were asked for.
    case tokenLimit
    /// The context is full.
    case contextFull
    /// Whoever asked no longer wants it.
    case cancelled
}
