#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A file that appears under its name only when it is whole.
///
/// Bytes go to a temporary file in the same directory; ``commit()`` makes it durable and renames it over whatever had the
/// name, so that readers see the old file or the new one and nothing between. Without a commit nothing stays.
///
///     let file = try ReplacementFile(path: "model.gguf")
///     try file.write(header)
///     try file.commit()
public final class ReplacementFile {
    /// Where the file will be.
    public let path: String
    private let temporaryPath: String
    private var descriptor: Int32
    /// Whether the temporary file is there, and ours.
    private var isPending = false
    /// Bytes written so far.
    public private(set) var count = 0

    /// Creates the temporary file beside `path`.
    ///
    /// - Throws: ``MappedFileError`` with the operating system's reason.
    public init(path: String) throws {
        self.path = path
        // A name of its own, and never a file that is there: two writers must not share one.
        temporaryPath = "\(path).\(String(UInt64.random(in: 0 ... .max), radix: 36)).partial"
        descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw failure() }
        isPending = true
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if isPending { unlink(temporaryPath) }
    }

    /// Appends bytes.
    public func write(_ bytes: MappedBytes) throws {
        try bytes.withUnsafeBytes { try write($0) }
    }

    /// Appends bytes.
    public func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try write($0) }
    }

    /// Appends all numbers of a matrix, row by row, little-endian.
    public func write(_ matrix: Matrix) throws {
        try matrix.withUnsafeMutableBufferPointer { try write(UnsafeRawBufferPointer($0)) }
    }

    /// Makes the file durable and gives it its name; nothing can be written afterwards.
    public func commit() throws {
        guard fsync(descriptor) == 0 else { throw failure() }
        let closing = close(descriptor)
        descriptor = -1
        guard closing == 0, rename(temporaryPath, path) == 0 else { throw failure() }
        isPending = false
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while let base = rest.baseAddress, !rest.isEmpty {
            // Some systems refuse to write more than 2^31 bytes at once.
            #if canImport(Darwin)
                let written = Darwin.write(descriptor, base, min(rest.count, 1 << 30))
            #elseif canImport(Musl)
                let written = Musl.write(descriptor, base, min(rest.count, 1 << 30))
            #else
                let written = Glibc.write(descriptor, base, min(rest.count, 1 << 30))
            #endif
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw failure() }
            count += written
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
        }
    }

    private func failure() -> MappedFileError {
        MappedFileError(path: path, failure: "cannot be written", reason: String(cString: strerror(errno)))
    }
}
