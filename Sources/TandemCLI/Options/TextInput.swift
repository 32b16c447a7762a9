import Foundation

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Text that a command was given: in an argument, in a file, or on standard input.
enum TextInput {
    /// Whether a person sits at standard input.
    static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 }

    /// The text of a file; `-` is standard input.
    ///
    /// - Throws: ``CommandError`` if it cannot be read or is not UTF-8.
    static func read(file path: String) throws -> String {
        if path == "-" { return try standardInput() }
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else {
            throw CommandError("\(path) cannot be read: \(String(cString: strerror(errno))).")
        }
        return try read(FileHandle(fileDescriptor: descriptor, closeOnDealloc: true), name: path)
    }

    /// Everything on standard input.
    static func standardInput() throws -> String { try read(.standardInput, name: "Standard input") }

    private static func read(_ handle: FileHandle, name: String) throws -> String {
        let data: Data
        do {
            data = try handle.readToEnd() ?? Data()
        } catch {
            throw CommandError("\(name) cannot be read: it is a folder, or the device has failed.")
        }
        return try text([UInt8](data), name: name)
    }

    /// The bytes as text.
    static func text(_ bytes: [UInt8], name: String) throws -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandError("\(name) is not UTF-8 text. Convert it first, for example with iconv -t UTF-8.")
        }
        return text
    }
}
