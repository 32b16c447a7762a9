/// Why a tokenizer cannot be made.
public enum TokenizerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Text that is not the JSON it should be.
    case malformed(file: String, byte: Int, reason: String)
    /// A value that is missing, or of another type than it must be.
    case invalid(place: String, reason: String)
    /// Something that exists but that this package does not do.
    case unsupported(what: String, name: String, supported: [String])

    /// A sentence for people.
    public var description: String {
        switch self {
        case .malformed(let file, let byte, let reason):
            "\(file) is not valid JSON at byte \(byte): \(reason). Was it downloaded completely?"
        case .invalid(let place, let reason):
            "The tokenizer cannot be used: \(place) \(reason)."
        case .unsupported(let what, let name, let supported):
            "The tokenizer's \(what) \"\(name)\" is not supported; supported are: \(supported.joined(separator: ", "))."
        }
    }
}
