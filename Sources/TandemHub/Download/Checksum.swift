import Foundation
import TandemMath

/// SHA-256 of bytes that come piece by piece.
struct Checksum: Sendable {
    private var hash = SHA256()

    mutating func update(_ bytes: Data) {
        bytes.withUnsafeBytes { hash.update($0) }
    }

    /// 64 small hexadecimal digits; more bytes may follow.
    var hexadecimal: String { hash.hexadecimal() }

    /// The checksum of a file, read in pieces.
    static func ofFile(_ path: String, whenRead: (Int) throws -> Void = { _ in }) throws -> String {
        try FileSystem.naming(path) {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            var checksum = Checksum()
            var count = 0
            while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty {
                checksum.update(piece)
                count += piece.count
                try whenRead(count)
            }
            return checksum.hexadecimal
        }
    }

    static func isSHA256(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
