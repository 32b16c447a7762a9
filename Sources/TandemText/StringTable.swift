/// Many short byte strings in one piece of memory.
///
/// A vocabulary has up to a quarter of a million strings; as a `StringTable` they are two allocations. File readers
/// append the bytes as they meet them and never make a `String`.
///
///     var table = StringTable()
///     table.append("the".utf8)
///     table[0]           // the bytes of "the"
///     table.string(0)    // "the"
public struct StringTable: Sendable, Equatable {
    /// The bytes of all strings, one after the other.
    public private(set) var bytes: [UInt8]
    /// Where each string ends in `bytes`.
    public private(set) var ends: [Int]

    /// An empty table.
    public init() {
        bytes = []
        ends = []
    }

    /// A table of the given strings, as UTF-8.
    public init(_ strings: some Sequence<String>) {
        self.init()
        for string in strings { append(string.utf8) }
    }

    /// Makes room for so many strings and bytes.
    public mutating func reserveCapacity(count: Int, byteCount: Int) {
        ends.reserveCapacity(count)
        bytes.reserveCapacity(byteCount)
    }

    /// Adds a string.
    @inlinable
    public mutating func append(_ string: some Collection<UInt8>) {
        append { $0.append(contentsOf: string) }
    }

    /// Adds the string that `body` appends to the bytes.
    @usableFromInline
    mutating func append(_ body: (inout [UInt8]) -> Void) {
        body(&bytes)
        ends.append(bytes.count)
    }

    /// The number of strings.
    public var count: Int { ends.count }

    /// Where the string at `index` lies in ``bytes``.
    @inline(__always)
    public func range(_ index: Int) -> Range<Int> {
        (index == 0 ? 0 : ends[index - 1])..<ends[index]
    }

    /// The bytes of the string at `index`.
    public subscript(_ index: Int) -> ArraySlice<UInt8> { bytes[range(index)] }

    /// The string at `index`; bytes that are not UTF-8 become U+FFFD.
    public func string(_ index: Int) -> String { String(decoding: self[index], as: UTF8.self) }
}
