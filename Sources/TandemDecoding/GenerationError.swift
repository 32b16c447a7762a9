/// Why a request cannot be answered.
public enum GenerationError: Error, Sendable, Hashable {
    /// A sampling option has a value that means nothing.
    case invalidOption(name: String, value: String, rule: String)
    /// There is no token to continue from.
    case emptyPrompt
    /// The prompt leaves no room for an answer.
    case promptTooLong(tokenCount: Int, contextLength: Int)
    /// A token that the model does not have.
    case unknownToken(token: Int, place: String, vocabularyCount: Int)
    /// The model computed infinities or not-a-numbers.
    case logitsNotFinite(position: Int)
}

extension GenerationError: CustomStringConvertible {
    /// A sentence with the remedy.
    public var description: String {
        switch self {
        case .invalidOption(let name, let value, let rule):
            "\(name) is \(value), but it must be \(rule)."
        case .emptyPrompt:
            "The prompt has no tokens; give at least one character, or a model that begins its texts with a token."
        case .promptTooLong(let tokenCount, let contextLength):
            "The prompt has \(tokenCount) tokens, and the context has room for \(contextLength), the answer included; "
                + "shorten the prompt or choose a longer context."
        case .unknownToken(let token, let place, let vocabularyCount):
            "\(place) names token \(token), but the model's tokens are 0 to \(vocabularyCount - 1); "
                + "was it written for another model?"
        case .logitsNotFinite(let position):
            "The model's prediction for position \(position) is not a number; the file may be damaged or badly quantised."
        }
    }
}
