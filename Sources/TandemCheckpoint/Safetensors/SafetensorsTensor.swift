public import TandemMath

/// How a safetensors file stores numbers: those of its types that we read and write.
public enum SafetensorsType: String, Sendable, CaseIterable {
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int8 = "I8"
    case uint8 = "U8"
    case int64 = "I64"

    /// Bytes of a number.
    public var byteCount: Int {
        switch self {
        case .int8, .uint8: 1
        case .float16, .bfloat16: 2
        case .float32: 4
        case .int64: 8
        }
    }

    /// The format of weights that this is; `nil` for whole numbers, which are weights only together with scales.
    public var format: TensorFormat? {
        switch self {
        case .float32: .float32
        case .float16: .float16
        case .bfloat16: .bfloat16
        case .int8, .uint8, .int64: nil
        }
    }
}

/// A tensor of a safetensors file, of whatever type.
public struct SafetensorsTensor: Sendable {
    /// Its name in the file.
    public let name: String
    /// What kind of numbers.
    public let type: SafetensorsType
    /// Outermost dimension first.
    public let shape: [Int]
    /// The numbers, little-endian.
    public let bytes: MappedBytes

    /// Describes numbers.
    ///
    /// - Throws: `TensorDataError` if there are not as many bytes as type and shape ask for.
    public init(name: String, type: SafetensorsType, shape: [Int], bytes: MappedBytes) throws {
        guard let needed = Self.byteCount(type: type, shape: shape), needed == bytes.count else {
            throw TensorDataError("\(name) of shape \(shape) in \(type.rawValue) cannot have \(bytes.count) bytes.")
        }
        self.name = name
        self.type = type
        self.shape = shape
        self.bytes = bytes
    }

    /// Floats as such.
    init(_ tensor: TensorData) throws {
        guard let type = SafetensorsType(rawValue: tensor.format.rawValue) else {
            throw TensorDataError(
                "\(tensor.name) is stored in \(tensor.format.rawValue), which safetensors do not know.")
        }
        try self.init(name: tensor.name, type: type, shape: tensor.shape, bytes: tensor.bytes)
    }

    /// The tensor as weights; `nil` if its numbers are whole.
    public var weights: TensorData? {
        type.format.flatMap { try? TensorData(name: name, format: $0, shape: shape, bytes: bytes) }
    }

    /// Bytes that a tensor takes; `nil` if a dimension is negative or the product is beyond an `Int`.
    static func byteCount(type: SafetensorsType, shape: [Int]) -> Int? {
        var count = type.byteCount
        for dimension in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
            guard dimension >= 0, !overflow else { return nil }
            count = product
        }
        return count
    }
}
