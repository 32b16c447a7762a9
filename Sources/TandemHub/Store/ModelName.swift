/// The name of a stored model: also the name of its folder, so it is kept to characters that every file system takes.
public struct ModelName: Sendable, Hashable, CustomStringConvertible {
    /// Small letters, digits, `.`, `-` and `_`.
    public let description: String

    /// Checks `text`.
    ///
    /// - Throws: ``HubError/invalidName(_:)``.
    public init(_ text: String) throws {
        guard Self.isValid(text) else { throw HubError.invalidName(text) }
        description = text
    }

    /// A name made from a file's or a repository's: small letters, everything that does not fit replaced by a dash.
    ///
    /// - Throws: ``HubError/invalidName(_:)`` when nothing usable is left.
    public init(derivedFrom text: String) throws {
        let mapped = text.lowercased().unicodeScalars.map { Self.isAllowed($0) ? Character($0) : "-" }
        let trimmed = mapped.drop { !Self.isLetterOrDigit($0) }
        try self.init(String(trimmed.prefix(Self.maximumLength)))
    }

    static let maximumLength = 100

    static func isValid(_ text: String) -> Bool {
        guard let first = text.first, isLetterOrDigit(first), text.utf8.count <= maximumLength else { return false }
        return text.unicodeScalars.allSatisfy(isAllowed) && !text.contains("..") && !text.hasSuffix(".")
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        isLetterOrDigit(Character(scalar)) || scalar == "." || scalar == "-" || scalar == "_"
    }

    private static func isLetterOrDigit(_ character: Character) -> Bool {
        ("a"..."z").contains(character) || ("0"..."9").contains(character)
    }
}
