#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A file mapped read-only into memory.
///
/// Nothing is read until it is touched, so a model of any size opens at once and its pages are shared between
/// processes. The length is taken once, when the file is opened; a file that shrinks afterwards is outside the
/// contract (replace files by renaming a new one over the old).
public final class MappedFile: Sendable {
    /// Where the file is, as given by the caller: for messages.
    public let path: String
    /// Length in bytes.
    public let count: Int
    nonisolated(unsafe) let base: UnsafeRawPointer?
    /// Which file is mapped, whatever stands at `path` by now.
    private let identity: (device: dev_t, node: ino_t)

    /// Maps the file at `path`.
    ///
    /// - Throws: ``MappedFileError`` with the operating system's reason.
    public init(path: String) throws {
        // A named pipe must not keep us waiting for somebody who writes; to a regular file the flag means nothing.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw MappedFileError(path: path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw MappedFileError(path: path, reason: String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw MappedFileError(path: path, reason: "it is not a regular file")
        }
        self.path = path
        count = Int(status.st_size)
        identity = (status.st_dev, status.st_ino)
        guard count > 0 else {
            base = nil
            return
        }
        guard let mapped = mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0), mapped != MAP_FAILED else {
            throw MappedFileError(path: path, reason: String(cString: strerror(errno)))
        }
        base = UnsafeRawPointer(mapped)
    }

    deinit {
        if let base { munmap(UnsafeMutableRawPointer(mutating: base), count) }
    }

    /// Throws if the file was cut or grown in place since it was opened: reading pages that were cut off would end the
    /// process. A file that another one was renamed over is still whole under its mapping, and passes.
    public func verifyUnchanged() throws {
        var status = stat()
        guard stat(path, &status) == 0, status.st_dev == identity.device, status.st_ino == identity.node else { return }
        guard Int(status.st_size) == count else {
            throw MappedFileError(
                path: path, failure: "cannot be used any longer",
                reason: "its size changed from \(count) to \(status.st_size) bytes. Load the model again")
        }
    }

    /// A part of the file that keeps the mapping alive; `nil` if the range does not lie inside the file.
    public func bytes(at offset: Int, count: Int) -> MappedBytes? {
        guard offset >= 0, count >= 0, offset <= self.count, count <= self.count - offset else { return nil }
        return MappedBytes(owner: .file(self), offset: offset, count: count)
    }

    /// The whole file.
    public var bytes: MappedBytes { MappedBytes(owner: .file(self), offset: 0, count: count) }
}

/// Why a file could not be mapped, or written.
public struct MappedFileError: Error, Sendable, CustomStringConvertible {
    /// The file.
    public let path: String
    /// What did not work.
    let failure: String
    /// What the operating system said.
    public let reason: String

    init(path: String, failure: String = "cannot be opened", reason: String) {
        self.path = path
        self.failure = failure
        self.reason = reason
    }

    /// A sentence for people.
    public var description: String { "\(path) \(failure): \(reason)." }
}

/// Immutable bytes that live in a mapped file or in memory, and keep their owner alive.
///
/// Every read is bounds-checked and returns `nil` past the end, so that a parser cannot trap on what a file says.
public struct MappedBytes: Sendable {
    enum Owner: Sendable {
        case file(MappedFile)
        case memory([UInt8])
    }

    let owner: Owner
    let offset: Int
    /// Number of bytes.
    public let count: Int

    init(owner: Owner, offset: Int, count: Int) {
        self.owner = owner
        self.offset = offset
        self.count = count
    }

    /// Bytes that were made in memory.
    public init(_ bytes: [UInt8]) {
        self.init(owner: .memory(bytes), offset: 0, count: bytes.count)
    }

    /// Calls `body` with the bytes; the pointer is valid only during the call.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        switch owner {
        case .file(let file):
            guard let base = file.base else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
            return try body(UnsafeRawBufferPointer(start: base + offset, count: count))
        case .memory(let bytes):
            return try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[offset..<offset + count])) }
        }
    }

    /// Says that these bytes will not be read again soon: whole pages of a mapped file no longer count as this process's
    /// memory. They may be read all the same, and come back from the file.
    func release() {
        guard case .file(let file) = owner, let base = file.base else { return }
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let first = (offset + page - 1) / page * page
        let end = (offset + count) / page * page
        guard page > 0, first < end else { return }
        madvise(UnsafeMutableRawPointer(mutating: base + first), end - first, MADV_DONTNEED)
    }

    /// The little-endian integer at `position`, or `nil` if it does not fit.
    public func integer<Value: FixedWidthInteger>(at position: Int, as type: Value.Type = Value.self) -> Value? {
        let size = MemoryLayout<Value>.size
        guard position >= 0, position <= count, size <= count - position else { return nil }
        return withUnsafeBytes { Value(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: Value.self)) }
    }

    /// A part of these bytes, or `nil` if the range does not lie inside them.
    public func slice(at position: Int, count: Int) -> MappedBytes? {
        guard position >= 0, count >= 0, position <= self.count, count <= self.count - position else { return nil }
        return MappedBytes(owner: owner, offset: offset + position, count: count)
    }

    /// A copy.
    public var array: [UInt8] { withUnsafeBytes { [UInt8]($0) } }
}
