public import TandemMath

/// Writes a GGUF file of version 3.
///
/// Keys and the tensors' descriptions are given first, the tensors' bytes one by one when ``write(to:tensor:)`` asks for
/// them, so that no more than one tensor has to be in memory.
///
///     var writer = GGUFWriter()
///     try writer.add("general.architecture", .string("llama"))
///     try writer.describe("token_embd.weight", format: .q8_0, shape: [49_152, 576])
///     try writer.write(to: "model.gguf") { index in tensors[index] }
public struct GGUFWriter {
    private struct Description {
        let name: String
        let format: TensorFormat
        let shape: [Int]
        let byteCount: Int
    }

    /// Tensors begin at multiples of this many bytes.
    private let alignment = 32
    private var pairs: [(key: String, type: GGUFValueType, bytes: MappedBytes)] = []
    private var keys: Set<String> = []
    private var tensors: [Description] = []
    private var names: Set<String> = []

    /// An empty file.
    public init() {}

    /// Adds a key.
    ///
    /// - Throws: ``CheckpointError`` if the key is empty, there already, or `general.alignment`, which the writer decides.
    public mutating func add(_ key: String, _ value: GGUFValue) throws {
        let (type, bytes) = value.encoded
        try add(key, type: type, encoded: MappedBytes(bytes))
    }

    /// Adds all keys of another file as that file encodes them, except `omitted`.
    public mutating func add(_ metadata: GGUFMetadata, omitting omitted: Set<String>) throws {
        for key in metadata.keys where !omitted.contains(key) && key != "general.alignment" {
            guard let (type, bytes) = metadata.encoded(key) else { continue }
            try add(key, type: type, encoded: bytes)
        }
    }

    private mutating func add(_ key: String, type: GGUFValueType, encoded: MappedBytes) throws {
        guard !key.isEmpty, key.utf8.count <= 65_535, key != "general.alignment", keys.insert(key).inserted else {
            throw CheckpointError(
                file: "a new GGUF file", place: .key(key), problem: "the key cannot be added",
                remedy: "Keys are unique, have 1 to 65535 bytes, and general.alignment is the writer's own.")
        }
        pairs.append((key, type, encoded))
    }

    /// Announces the next tensor; `shape` is outermost dimension first.
    ///
    /// - Throws: ``CheckpointError`` if name or shape are such as no reader accepts.
    public mutating func describe(_ name: String, format: TensorFormat, shape: [Int]) throws {
        guard (1...63).contains(name.utf8.count), names.insert(name).inserted, (1...4).contains(shape.count),
            shape.allSatisfy({ $0 > 0 }), let byteCount = TensorData.byteCount(format: format, shape: shape)
        else {
            throw CheckpointError(
                file: "a new GGUF file", place: .tensor(name),
                problem: "a tensor of shape \(shape) in \(format.rawValue) cannot be added under this name",
                remedy: "Names are unique and have 1 to 63 bytes; shapes have 1 to 4 positive dimensions, and rows are "
                    + "whole blocks.")
        }
        tensors.append(Description(name: name, format: format, shape: shape, byteCount: byteCount))
    }

    /// Writes the file; `tensor` gives each described tensor's data in turn.
    ///
    /// The file appears under its name only when all is written.
    ///
    /// - Throws: ``CheckpointError`` if data do not fit their description, `MappedFileError` if writing fails, and
    ///   whatever `tensor` throws.
    public func write(to path: String, tensor: (Int) throws -> TensorData) throws {
        let file = try ReplacementFile(path: path)
        try writeDirectory(to: file)
        for (index, description) in tensors.enumerated() {
            let data = try tensor(index)
            guard data.format == description.format, data.shape == description.shape else {
                throw CheckpointError(
                    file: path, place: .tensor(description.name),
                    problem: "its data are \(data.format.rawValue) of shape \(data.shape), but it was announced as "
                        + "\(description.format.rawValue) of shape \(description.shape)",
                    remedy: "Give the tensors in the order in which they were described.")
            }
            try pad(file)
            try file.write(data.bytes)
        }
        try pad(file)
        try file.commit()
    }

    private func writeDirectory(to file: ReplacementFile) throws {
        var header = Array("GGUF".utf8) + littleEndianBytes(UInt32(3))
        header += littleEndianBytes(UInt64(tensors.count)) + littleEndianBytes(UInt64(pairs.count))
        try file.write(header)
        for pair in pairs {
            try file.write(GGUFValue.text(pair.key) + littleEndianBytes(pair.type.rawValue))
            try file.write(pair.bytes)
        }
        var directory: [UInt8] = []
        var offset = 0
        for tensor in tensors {
            directory += GGUFValue.text(tensor.name) + littleEndianBytes(UInt32(tensor.shape.count))
            for dimension in tensor.shape.reversed() { directory += littleEndianBytes(UInt64(dimension)) }
            directory += littleEndianBytes(tensor.format.ggufTypeNumber) + littleEndianBytes(UInt64(offset))
            offset += (tensor.byteCount + alignment - 1) / alignment * alignment
        }
        try file.write(directory)
        try pad(file)
    }

    private func pad(_ file: ReplacementFile) throws {
        let excess = file.count % alignment
        if excess > 0 { try file.write([UInt8](repeating: 0, count: alignment - excess)) }
    }
}
