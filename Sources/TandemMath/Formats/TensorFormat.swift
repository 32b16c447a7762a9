/// How the numbers of a stored tensor are encoded.
///
/// The block formats are those of GGUF; each row of a tensor is a whole number of blocks. Names are the ones that
/// people know from file names.
public enum TensorFormat: String, Sendable, CaseIterable, Codable {
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case q8_0 = "Q8_0"
    case q4_0 = "Q4_0"
    case q4_1 = "Q4_1"
    case q5_0 = "Q5_0"
    case q5_1 = "Q5_1"
    case q4_K = "Q4_K"
    case q5_K = "Q5_K"
    case q6_K = "Q6_K"

    /// Numbers in a block.
    public var blockLength: Int {
        switch self {
        case .float32, .float16, .bfloat16: 1
        case .q8_0, .q4_0, .q4_1, .q5_0, .q5_1: 32
        case .q4_K, .q5_K, .q6_K: 256
        }
    }

    /// Bytes in a block.
    public var blockByteCount: Int {
        switch self {
        case .float32: 4
        case .float16, .bfloat16: 2
        case .q8_0: 34
        case .q4_0: 18
        case .q4_1: 20
        case .q5_0: 22
        case .q5_1: 24
        case .q4_K: 144
        case .q5_K: 176
        case .q6_K: 210
        }
    }

    /// Bytes of a row of `columns` numbers; `nil` if that is not a whole number of blocks or does not fit an `Int`.
    public func rowByteCount(columns: Int) -> Int? {
        guard columns >= 0, columns % blockLength == 0 else { return nil }
        let (bytes, overflow) = (columns / blockLength).multipliedReportingOverflow(by: blockByteCount)
        return overflow ? nil : bytes
    }
}

/// A tensor as a file holds it: still encoded, not yet copied.
///
/// `shape` is row-major, outermost first: a matrix that maps `columns` inputs to `rows` outputs has shape
/// `[rows, columns]`; a vector has one number. (GGUF stores dimensions innermost first; its reader turns them round.)
public struct TensorData: Sendable {
    /// Name in the file: for messages.
    public let name: String
    /// Encoding.
    public let format: TensorFormat
    /// Outermost dimension first.
    public let shape: [Int]
    /// The encoded numbers: exactly as many bytes as `format` and `shape` ask for.
    public let bytes: MappedBytes

    /// Describes encoded bytes.
    ///
    /// - Throws: ``TensorDataError`` if the byte count is not what format and shape ask for.
    public init(name: String, format: TensorFormat, shape: [Int], bytes: MappedBytes) throws {
        guard let needed = Self.byteCount(format: format, shape: shape), needed == bytes.count else {
            throw TensorDataError(
                message: "\(name) holds \(bytes.count) bytes, but shape \(shape) in \(format.rawValue) needs "
                    + "\(Self.byteCount(format: format, shape: shape).map(String.init) ?? "a whole number of blocks a row")."
            )
        }
        self.name = name
        self.format = format
        self.shape = shape
        self.bytes = bytes
    }

    /// Bytes that a tensor takes; `nil` if a row is not a whole number of blocks or the size does not fit an `Int`.
    public static func byteCount(format: TensorFormat, shape: [Int]) -> Int? {
        guard let columns = shape.last, let row = format.rowByteCount(columns: columns) else { return nil }
        var total = row
        for dimension in shape.dropLast() {
            let (product, overflow) = total.multipliedReportingOverflow(by: dimension)
            guard dimension >= 0, !overflow else { return nil }
            total = product
        }
        return total
    }

    /// Numbers in a row.
    public var columns: Int { shape.last ?? 1 }
    /// Number of rows: the product of all dimensions but the last.
    public var rows: Int { shape.dropLast().reduce(1, *) }
}

/// A tensor whose bytes do not fit its description.
public struct TensorDataError: Error, Sendable, CustomStringConvertible {
    let message: String
    /// A sentence for people.
    public var description: String { message }

    init(message: String) { self.message = message }

    /// An error with this sentence.
    public init(_ sentence: String) { message = sentence }
}
