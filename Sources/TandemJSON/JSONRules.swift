/// What a reader of JSON leaves open to its user: how deep, how much, and what becomes of equal keys.
public struct JSONRules: Sendable, Equatable {
    /// What becomes of two keys of one object that are the same, code point for code point.
    public enum DuplicateKeys: Sendable, Equatable {
        /// The text is refused.
        case refused
        /// Both members are there, and the user decides.
        case kept
    }

    /// What becomes of equal keys.
    public var duplicateKeys: DuplicateKeys
    /// How many arrays and objects may lie in each other. Each takes some of the stack: a thread of half a megabyte, the
    /// smallest that there is, bears several hundred.
    public var depthLimit: Int
    /// How many values there may be. A hundred megabytes of brackets would become gigabytes of empty arrays.
    public var valueLimit: Int

    /// The defaults suit files that describe models.
    public init(duplicateKeys: DuplicateKeys = .refused, depthLimit: Int = 64, valueLimit: Int = 1 << 22) {
        self.duplicateKeys = duplicateKeys
        self.depthLimit = depthLimit
        self.valueLimit = valueLimit
    }
}
