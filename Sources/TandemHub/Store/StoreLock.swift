import Foundation

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A lock between processes: one of them at a time works on a model's files.
///
/// The operating system holds it for an open file, so it is gone when the process is, however that ended. The file
/// itself stays: deleting it would let two processes lock two files of the same name.
final class StoreLock: Sendable {
    private let descriptor: Int32

    /// The lock at `path`, or `nil` if another process (or another task of this one) holds it.
    init?(path: String) throws {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw HubError.fileFailure(path: path, reason: String(cString: strerror(errno)))
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            if code == EWOULDBLOCK { return nil }
            throw HubError.fileFailure(path: path, reason: String(cString: strerror(code)))
        }
    }

    deinit { close(descriptor) }

    /// Waits until the lock at `path` is free; calls `whenBusy` once if it is not free at once.
    static func acquire(path: String, whenBusy: @Sendable () -> Void) async throws -> StoreLock {
        if let lock = try StoreLock(path: path) { return lock }
        whenBusy()
        while true {
            try await Task.sleep(for: .milliseconds(100))
            if let lock = try StoreLock(path: path) { return lock }
        }
    }
}
