#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The lines of standard input, each as soon as it is there.
///
/// `readLine()` puts other characters in the place of bytes that are none, and nobody hears of it; here such a line can be
/// refused.
final class LineReader {
    /// A line as it came, without its end.
    struct Line {
        /// Counted from 1.
        var number: Int
        var bytes: [UInt8]

        /// What errors call it.
        var name: String { "Line \(number) of standard input" }

        /// The line as text.
        ///
        /// - Throws: ``CommandError`` if it is not UTF-8.
        func text() throws -> String { try TextInput.text(bytes, name: name) }
    }

    private var chunk: ArraySlice<UInt8> = []
    private var lineCount = 0

    /// The next line; `nil` at the end of input.
    ///
    /// - Throws: ``CommandError`` if standard input cannot be read.
    func next() throws -> Line? {
        var bytes: [UInt8] = []
        while true {
            if let end = chunk.firstIndex(of: UInt8(ascii: "\n")) {
                bytes += chunk[..<end]
                chunk = chunk[(end + 1)...]
                if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
                break
            }
            bytes += chunk
            chunk = try Self.readChunk()
            if chunk.isEmpty {
                guard !bytes.isEmpty else { return nil }
                break
            }
        }
        lineCount += 1
        return Line(number: lineCount, bytes: bytes)
    }

    /// What is there, or the first that comes; nothing at the end of input.
    private static func readChunk() throws -> ArraySlice<UInt8> {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(STDIN_FILENO, &bytes, bytes.count)
            if count >= 0 { return bytes[..<count] }
            guard errno == EINTR else {
                throw CommandError("Standard input cannot be read: \(String(cString: strerror(errno))).")
            }
        }
    }
}
