import TandemJSON
import TandemMath

/// Checks a GGUF file from its first byte to its last.
struct GGUFParser {
    private(set) var version = 0
    private(set) var alignment = 32
    private(set) var metadata: GGUFMetadata
    private(set) var tensors: [TensorData] = []
    private(set) var positions: [String: Int] = [:]
    private var cursor: GGUFCursor

    /// A directory entry whose bytes have not been located yet.
    private struct Description {
        let name: String
        let format: TensorFormat
        let shape: [Int]
        let byteCount: Int
        let offset: UInt64
    }

    /// The smallest encodings of a key with its value (length, one letter, type, one byte) and of a tensor's entry.
    private static let smallestPair = 8 + 1 + 4 + 1
    private static let smallestTensor = 8 + 1 + 4 + 8 + 4 + 8
    private static let longestTensorName = 63

    init(cursor: GGUFCursor) {
        self.cursor = cursor
        metadata = GGUFMetadata(file: cursor.file, bytes: cursor.bytes)
    }

    mutating func parse() throws {
        let (tensorCount, pairCount) = try header()
        for _ in 0..<pairCount { try pair() }
        try readAlignment()
        var descriptions: [Description] = []
        descriptions.reserveCapacity(tensorCount)
        for _ in 0..<tensorCount { descriptions.append(try description(index: descriptions.count)) }
        try locate(descriptions)
    }

    private mutating func header() throws -> (tensorCount: Int, pairCount: Int) {
        let magic: UInt32 = try cursor.integer("the four letters that begin a GGUF file")
        guard magic == 0x4655_4747 else {
            throw cursor.failure(
                at: 0, "the file does not begin with \"GGUF\"",
                "Give a GGUF file; an error page saved under its name, or a Git LFS pointer, looks like this.")
        }
        let number: UInt32 = try cursor.integer("the version")
        guard number == 2 || number == 3 else {
            if number & 0xFFFF == 0, number != 0 {
                throw cursor.failure(
                    at: 4, "the file is big-endian",
                    "Get the little-endian file, or convert it again with --endian little.")
            }
            throw cursor.failure(
                at: 4, "this is version \(number) of GGUF; versions 2 and 3 are supported",
                number < 2
                    ? "Convert the model again with a current converter."
                    : "Update this program, or convert the model to version 3.")
        }
        version = Int(number)
        let tensorCount = try cursor.count(of: "tensors", smallest: Self.smallestTensor)
        let pairCount = try cursor.count(of: "metadata keys", smallest: Self.smallestPair)
        return (tensorCount, pairCount)
    }

    private mutating func pair() throws {
        let start = cursor.offset
        let key = try cursor.string("a metadata key")
        guard !key.isEmpty else { throw cursor.failure(at: start, "a metadata key is empty") }
        guard key.utf8.count <= 65_535 else {
            throw cursor.failure(at: start, "a metadata key is longer than 65535 bytes")
        }
        let number: UInt32 = try cursor.integer("the type of \(quoted(key))")
        guard let type = GGUFValueType(rawValue: number) else {
            throw CheckpointError(
                file: cursor.file, place: .key(key), problem: "its value has the unknown type \(number)",
                remedy: Remedy.damaged)
        }
        let entry = try cursor.value(of: key, type: type)
        guard metadata.insert(key, entry) else {
            throw CheckpointError(
                file: cursor.file, place: .key(key), problem: "the key occurs twice", remedy: Remedy.damaged)
        }
    }

    private mutating func readAlignment() throws {
        let key = "general.alignment"
        guard let type = metadata.type(of: key) else { return }
        let value = type == .uint32 ? try metadata.integer(key) : 0
        guard value > 0, value & (value - 1) == 0 else {
            throw CheckpointError(
                file: cursor.file, place: .key(key),
                problem: type == .uint32
                    ? "the alignment is \(value), which is no power of two"
                    : "its type is \(type), where uint32 is needed",
                remedy: Remedy.damaged)
        }
        alignment = value
    }

    private mutating func description(index: Int) throws -> Description {
        let start = cursor.offset
        let name = try cursor.string("the name of tensor \(index)")
        guard !name.isEmpty, name.utf8.count <= Self.longestTensorName else {
            throw cursor.failure(
                at: start,
                "the name of tensor \(index) has \(name.utf8.count) bytes; 1 to \(Self.longestTensorName) are allowed")
        }
        func failure(_ problem: String, _ remedy: String = Remedy.damaged) -> CheckpointError {
            CheckpointError(file: cursor.file, place: .tensor(name), problem: problem, remedy: remedy)
        }
        guard positions.updateValue(index, forKey: name) == nil else { throw failure("two tensors have this name") }
        let dimensionCount: UInt32 = try cursor.integer("the number of dimensions of \(quoted(name))")
        guard (1...4).contains(dimensionCount) else {
            throw failure("it has \(dimensionCount) dimensions; 1 to 4 are allowed")
        }
        var shape: [Int] = []
        var elementCount = 1
        for _ in 0..<dimensionCount {
            let dimension: Int64 = try cursor.integer("the dimensions of \(quoted(name))")
            guard dimension > 0 else { throw failure("one of its dimensions is \(dimension)") }
            let (product, overflow) = elementCount.multipliedReportingOverflow(by: Int(dimension))
            guard !overflow else { throw failure("its dimensions multiply to more than 2^63 numbers") }
            elementCount = product
            shape.insert(Int(dimension), at: 0)
        }
        let number: UInt32 = try cursor.integer("the type of \(quoted(name))")
        guard let format = GGUFTensorType.format(number) else {
            throw failure(
                "its format is \(GGUFTensorType.name(number)), which is not supported",
                "Get the model in one of \(GGUFTensorType.supported).")
        }
        let offset: UInt64 = try cursor.integer("the offset of \(quoted(name))")
        guard let columns = shape.last, columns % format.blockLength == 0 else {
            throw failure(
                "its rows have \(shape.last ?? 0) numbers, which is no multiple of \(format.rawValue)'s block of "
                    + "\(format.blockLength)")
        }
        guard let byteCount = TensorData.byteCount(format: format, shape: shape) else {
            throw failure("its size in bytes is beyond 2^63")
        }
        return Description(name: name, format: format, shape: shape, byteCount: byteCount, offset: offset)
    }

    /// Gives every description its bytes: each tensor must begin where the one before ends, rounded up.
    private mutating func locate(_ descriptions: [Description]) throws {
        let dataStart = try padded(cursor.offset, for: nil)
        guard descriptions.isEmpty || dataStart <= cursor.bytes.count else {
            throw cursor.failure("the file ends before the tensors' data", Remedy.incomplete)
        }
        var next = 0
        var end = dataStart
        tensors.reserveCapacity(descriptions.count)
        for description in descriptions {
            func failure(_ problem: String, _ remedy: String = Remedy.damaged) -> CheckpointError {
                CheckpointError(file: cursor.file, place: .tensor(description.name), problem: problem, remedy: remedy)
            }
            guard description.offset == UInt64(next) else {
                throw failure("its data is said to begin at \(description.offset), but \(next) is where it must")
            }
            // `next` lies inside the file, so the sum stays below the file's length.
            guard let bytes = cursor.bytes.slice(at: dataStart + next, count: description.byteCount) else {
                throw failure(
                    "its \(description.byteCount) bytes from \(dataStart + next) on reach beyond the file's "
                        + "\(cursor.bytes.count) bytes", Remedy.incomplete)
            }
            do {
                tensors.append(
                    try TensorData(
                        name: description.name, format: description.format, shape: description.shape, bytes: bytes))
            } catch { throw failure("\(error)") }
            end = dataStart + next + description.byteCount
            next = try padded(end, for: description.name) - dataStart
        }
        // Writers pad the last tensor too, or leave the padding out.
        let allowed = try padded(max(end, cursor.offset), for: nil)
        guard cursor.bytes.count <= allowed else {
            throw CheckpointError(
                file: cursor.file, place: .byte(allowed),
                problem: "\(cursor.bytes.count - allowed) bytes follow after the last tensor",
                remedy: "The file was joined with something else, perhaps by a resumed download: download it again.")
        }
    }

    private func padded(_ offset: Int, for tensor: String?) throws -> Int {
        let (sum, overflow) = offset.addingReportingOverflow(alignment - 1)
        guard !overflow else {
            throw CheckpointError(
                file: cursor.file, place: tensor.map { .tensor($0) } ?? .byte(offset),
                problem: "padding it to the alignment of \(alignment) leads beyond 2^63", remedy: Remedy.damaged)
        }
        return sum & ~(alignment - 1)
    }
}
