import ArgumentParser
import Foundation

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Where results go. Progress and remarks go to standard error, so that results can be piped.
enum StandardOutput {
    /// Writes text at once, without a buffer: an answer is shown as it comes.
    ///
    /// - Throws: `ExitCode` when nobody reads any more (`tandem generate … | head`): there is nothing to complain of then.
    static func write(_ text: String) throws {
        try write(Array(text.utf8))
    }

    /// Writes bytes.
    static func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try write($0, to: STDOUT_FILENO, name: "standard output") }
    }

    /// Writes a line.
    static func line(_ text: String) throws { try write(text + "\n") }

    /// Writes a value as one JSON object.
    static func json(_ value: some Encodable) throws { try json(value, formatting: .prettyPrinted) }

    /// Writes a value as one JSON object on a line of its own.
    static func jsonLine(_ value: some Encodable) throws { try json(value, formatting: []) }

    private static func json(_ value: some Encodable, formatting: JSONEncoder.OutputFormatting) throws {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = formatting.union([.sortedKeys, .withoutEscapingSlashes])
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        try write([UInt8](try encoder.encode(value)) + [UInt8(ascii: "\n")])
    }

    /// Writes all of `bytes`, however many calls it takes.
    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, name: String) throws {
        var rest = bytes
        while let start = rest.baseAddress, !rest.isEmpty {
            #if canImport(Darwin)
                let count = Darwin.write(descriptor, start, rest.count)
            #elseif canImport(Musl)
                let count = Musl.write(descriptor, start, rest.count)
            #else
                let count = Glibc.write(descriptor, start, rest.count)
            #endif
            if count >= 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                continue
            }
            switch errno {
            case EINTR: continue
            // As the shell would call an end by SIGPIPE.
            case EPIPE: throw ExitCode(128 + SIGPIPE)
            default: throw OutputError("\(name) cannot be written: \(String(cString: strerror(errno))).")
            }
        }
    }
}

/// Remarks for people, on standard error.
enum StandardError {
    /// Writes a line.
    static func line(_ text: String) { ProgressBar.writeToStandardError(text + "\n") }
}

/// Why results cannot be written, in a sentence: whatever else could be done, there is no place for it.
struct OutputError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Why a command cannot do what it was asked, in a sentence with the remedy.
struct CommandError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
