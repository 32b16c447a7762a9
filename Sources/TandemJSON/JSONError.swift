/// Why a text is not the JSON that it should be, and where.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong: a clause without its full stop.
    public let problem: String
    /// Where it is, in bytes from the beginning of the text.
    public let offset: Int
    /// The line that it is in, counted from 1.
    public let line: Int
    /// Its place in the line in characters (Unicode scalars), counted from 1.
    public let column: Int

    /// Lines and columns are counted here and not on the way: nearly all texts are sound.
    init(problem: String, offset: Int, in bytes: [UInt8]) {
        self.problem = problem
        self.offset = offset
        let before = bytes[..<offset]
        line = before.reduce(1) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        // All bytes of a character but its first are 10xxxxxx.
        column = bytes[lineStart..<offset].reduce(1) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
    }

    /// Problem and place, without a full stop.
    public var description: String { "\(problem) (line \(line), column \(column))" }
}
