import TandemMath

/// What the files of training data have in common: a magic number and a version in front, and again at the end, so that
/// a file that was cut off is told from a whole one.
///
/// Integers are little-endian. The numbers that are known last stand last, so that a writer needs no second pass.
struct DataFile: Sendable {
    /// A kind of file.
    struct Kind: Sendable {
        /// What it is called in messages.
        let name: String
        /// Its first eight bytes.
        let magic: [UInt8]
        /// Its last eight bytes.
        let endMagic: [UInt8]

        init(_ name: String, magic: String, endMagic: String) {
            self.name = name
            self.magic = Array(magic.utf8)
            self.endMagic = Array(endMagic.utf8) + [UInt8](repeating: 0, count: 8 - endMagic.utf8.count)
        }

        /// The first 16 bytes: magic, version, and how many bytes the smallest thing in the file has.
        func header(width: Int) -> [UInt8] { magic + UInt32(1).bytes + UInt32(width).bytes }

        /// The last bytes: these numbers, the version and the magic.
        func trailer(_ numbers: [Int]) -> [UInt8] {
            (numbers + [1]).flatMap { UInt64($0).bytes } + endMagic
        }
    }

    static let headerSize = 16

    let path: String
    let bytes: MappedBytes
    let kind: Kind
    /// The number in the header.
    let width: Int

    /// Opens a file and checks both ends.
    ///
    /// - Throws: ``TrainingError`` or `MappedFileError` that names the file and what is wrong with it.
    init(path: String, kind: Kind, trailerSize: Int) throws {
        let file = try MappedFile(path: path)
        self.path = path
        self.kind = kind
        bytes = file.bytes
        width = Int(file.bytes.integer(at: 12, as: UInt32.self) ?? 0)
        guard file.count >= Self.headerSize + trailerSize, bytes.slice(at: 0, count: 8)?.array == kind.magic else {
            throw damaged("it does not begin like one")
        }
        guard bytes.integer(at: 8, as: UInt32.self) == 1 else { throw damaged("its version is not 1") }
        guard bytes.slice(at: bytes.count - 8, count: 8)?.array == kind.endMagic else {
            throw damaged("its end is missing")
        }
    }

    /// A number of the trailer, so many bytes before the end.
    ///
    /// - Throws: ``TrainingError`` if no file can have so many of anything.
    func count(beforeEnd offset: Int) throws -> Int {
        guard let count = bytes.integer(at: bytes.count - offset, as: UInt64.self), count < 1 << 48 else {
            throw damaged("its counts are out of range")
        }
        return Int(count)
    }

    func damaged(_ what: String) -> TrainingError {
        TrainingError("\(path) is not a whole \(kind.name): \(what). Make it anew.")
    }
}

/// The next multiple of 8.
func padded(_ count: Int) -> Int { (count + 7) / 8 * 8 }

extension FixedWidthInteger {
    /// Little-endian.
    var bytes: [UInt8] {
        (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> Self($0 * 8)) }
    }
}
