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

/// A file of little-endian 32-bit floats that is written from front to back, so that it may be a pipe.
final class NumberFile {
    private let path: String
    private let descriptor: Int32

    /// Makes the file, or opens the pipe, at `path`.
    init(path: String) throws {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        guard descriptor >= 0 else {
            throw CommandError("\(path) cannot be written: \(String(cString: strerror(errno))).")
        }
    }

    deinit { close(descriptor) }

    /// Adds all rows of a matrix.
    func append(_ matrix: Matrix) throws {
        try matrix.withUnsafeMutableBufferPointer {
            try StandardOutput.write(UnsafeRawBufferPointer($0), to: descriptor, name: path)
        }
    }
}
