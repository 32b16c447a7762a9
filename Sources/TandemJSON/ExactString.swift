/// Text that is equal only to text of the same code points. Swift's `String` also equates an accented letter with its
/// decomposition; JSON and Python do not.
public struct ExactString: Hashable, Sendable {
    /// The text.
    public let text: String

    /// Takes a text.
    public init(_ text: String) { self.text = text }

    /// Whether both are the same, code point for code point.
    public static func == (left: ExactString, right: ExactString) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    /// Hashes the code points.
    public func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}
