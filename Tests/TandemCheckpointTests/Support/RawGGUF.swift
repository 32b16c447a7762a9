import TandemCheckpoint
import TandemMath

/// Builds GGUF files byte by byte, right or wrong, without the library's own writer.
struct RawGGUF {
    struct Pair {
        var key: [UInt8]
        var type: UInt32
        var value: [UInt8]
    }

    struct Tensor {
        var name: [UInt8]
        var dimensions: [Int64]
        var type: UInt32 = 0
        /// What the directory says; `nil` for where the bytes really are.
        var offset: UInt64?
        var bytes: [UInt8]
        /// What the directory says; `nil` for the true number.
        var dimensionCount: UInt32?
    }

    var magic = Array("GGUF".utf8)
    var version: UInt32 = 3
    var pairs: [Pair] = []
    var tensors: [Tensor] = []
    var tensorCount: Int64?
    var pairCount: Int64?
    var alignment = 32
    var trailing: [UInt8] = []

    mutating func add(_ key: String, _ type: UInt32, _ value: [UInt8]) {
        pairs.append(Pair(key: Array(key.utf8), type: type, value: value))
    }
    mutating func add(_ key: String, uint32 value: UInt32) { add(key, 4, littleEndian(value)) }
    mutating func add(_ key: String, float32 value: Float) { add(key, 6, littleEndian(value.bitPattern)) }
    mutating func add(_ key: String, bool value: Bool) { add(key, 7, [value ? 1 : 0]) }
    mutating func add(_ key: String, string value: String) { add(key, 8, text(value)) }
    mutating func add(_ key: String, strings values: [String]) {
        add(key, 9, array(of: 8, count: values.count, values.flatMap { text($0) }))
    }
    mutating func add(_ key: String, int32s values: [Int32]) {
        add(key, 9, array(of: 5, count: values.count, values.flatMap { littleEndian($0) }))
    }

    /// Adds a tensor of float32 zeros; dimensions innermost first, as the file has them.
    mutating func addTensor(_ name: String, _ dimensions: [Int64]) {
        let count = dimensions.reduce(1, *)
        tensors.append(
            Tensor(name: Array(name.utf8), dimensions: dimensions, bytes: [UInt8](repeating: 0, count: Int(count) * 4)))
    }

    var bytes: [UInt8] {
        var file = magic + littleEndian(version)
        file += littleEndian(tensorCount ?? Int64(tensors.count)) + littleEndian(pairCount ?? Int64(pairs.count))
        for pair in pairs { file += text(pair.key) + littleEndian(pair.type) + pair.value }
        var data: [UInt8] = []
        for tensor in tensors {
            file += text(tensor.name) + littleEndian(tensor.dimensionCount ?? UInt32(tensor.dimensions.count))
            for dimension in tensor.dimensions { file += littleEndian(dimension) }
            file += littleEndian(tensor.type) + littleEndian(tensor.offset ?? UInt64(data.count))
            data += tensor.bytes
            while data.count % alignment != 0 { data.append(0) }
        }
        while file.count % alignment != 0 { file.append(0) }
        return file + data + trailing
    }

    /// Opens the file.
    func open() throws -> GGUFFile { try GGUFFile(bytes: MappedBytes(bytes), path: "model.gguf") }
}

func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

func text(_ bytes: [UInt8]) -> [UInt8] { littleEndian(UInt64(bytes.count)) + bytes }
func text(_ string: String) -> [UInt8] { text(Array(string.utf8)) }

func array(of type: UInt32, count: Int, _ elements: [UInt8]) -> [UInt8] {
    littleEndian(type) + littleEndian(UInt64(count)) + elements
}
