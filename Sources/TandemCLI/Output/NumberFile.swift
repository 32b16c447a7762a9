import Foundation
import TandemMath

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

#if _endian(big)
    #error("Numbers are written as they lie in memory, which must be little-endian.")
#endif

/// Little-endian 32-bit floats that are written from front to back.
///
/// A file has its name only once it is finished, so that one that is there is whole. A pipe or a device gets the numbers as
/// they come.
final class NumberFile {
    private enum Target {
        case file(ReplacementFile)
        case stream(Int32)
    }

    private let path: String
    private let target: Target

    /// Opens the pipe or the device at `path`, or begins a file that will be there.
    init(path: String) throws {
        self.path = path
        guard Self.isStream(path) else {
            target = .file(try ReplacementFile(path: path))
            return
        }
        let descriptor = open(path, O_WRONLY | O_TRUNC)
        guard descriptor >= 0 else {
            throw CommandError("\(path) cannot be written: \(String(cString: strerror(errno))).")
        }
        target = .stream(descriptor)
    }

    deinit {
        if case .stream(let descriptor) = target { close(descriptor) }
    }

    /// Whether numbers go to `path` as they come: what is there is no regular file, or the name stands for a descriptor, whose
    /// file is not ours to replace.
    static func isStream(_ path: String) -> Bool {
        if ["/dev/std", "/dev/fd/", "/proc/"].contains(where: { path.hasPrefix($0) }) { return true }
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
    }

    /// Adds all rows of a matrix.
    func append(_ matrix: Matrix) throws {
        switch target {
        case .file(let file): try file.write(matrix)
        case .stream(let descriptor):
            try matrix.withUnsafeMutableBufferPointer {
                try StandardOutput.write(UnsafeRawBufferPointer($0), to: descriptor, name: path)
            }
        }
    }

    /// Gives a file its name; nothing can be added afterwards.
    func finish() throws {
        if case .file(let file) = target { try file.commit() }
    }
}
