private import Synchronization

extension TensorFormat {
    /// Whether ``Quantizer`` can write this format; it reads all of them.
    public var isEncodable: Bool {
        switch self {
        case .float32, .float16, .bfloat16, .q8_0, .q4_0, .q4_1: true
        case .q5_0, .q5_1, .q4_K, .q5_K, .q6_K: false
        }
    }
}

/// Encodes numbers in the formats of model files.
///
///     let tensor = try Quantizer.encode(numbers, name: "w", shape: [2, 64], as: .q8_0)
///     tensor.floats()                                    // the nearest numbers that Q8_0 has
///     try Quantizer.encode(tensor, as: .q4_0)            // decoded and encoded again, row by row
///
/// Encoded bytes are those of llama.cpp's reference quantisers. Block formats refuse what is not finite, and all
/// formats refuse numbers beyond their range, rather than storing an infinity in their place.
public enum Quantizer {
    /// Encodes `numbers`, row by row, as a tensor.
    ///
    /// - Throws: ``TensorDataError`` if there are not as many numbers as `shape` asks for, a row is not a whole number
    ///   of blocks, the format cannot be written, or a number cannot be stored in it.
    public static func encode(
        _ numbers: [Float], name: String, shape: [Int], as format: TensorFormat
    ) throws -> TensorData {
        guard let needed = TensorData.byteCount(format: .float32, shape: shape), needed / 4 == numbers.count else {
            _ = try byteCount(name: name, shape: shape, as: format)
            throw TensorDataError(message: "\(numbers.count) numbers are given for \(name), whose shape is \(shape).")
        }
        let columns = shape.last ?? 1
        return try numbers.withUnsafeBufferPointer { source in
            nonisolated(unsafe) let source = source
            return try encodeRows(name: name, shape: shape, as: format, on: nil) { row, numbers in
                for column in 0..<columns { numbers[column] = source[row * columns + column] }
            }
        }
    }

    /// Encodes the numbers of a matrix.
    ///
    /// - Parameters:
    ///   - matrix: what to encode.
    ///   - name: the tensor's, for messages.
    ///   - format: see ``TensorFormat/isEncodable``.
    ///   - pool: threads for it, which change no bit; nil for the calling one alone.
    /// - Throws: ``TensorDataError`` as ``encode(_:name:shape:as:)`` does.
    public static func encode(
        _ matrix: Matrix, name: String, as format: TensorFormat, on pool: ComputePool? = nil
    ) throws -> TensorData {
        try encodeRows(name: name, shape: [matrix.rows, matrix.columns], as: format, on: pool) { row, numbers in
            numbers.baseAddress?.update(from: matrix.pointer(row: row), count: matrix.columns)
        }
    }

    /// Encodes some rows of a packed weight.
    ///
    /// - Parameters:
    ///   - rows: which rows, in which order.
    ///   - weight: whose.
    ///   - name: the tensor's, for messages.
    ///   - format: see ``TensorFormat/isEncodable``.
    ///   - pool: threads for it, which change no bit; nil for the calling one alone.
    /// - Throws: ``TensorDataError`` as ``encode(_:name:shape:as:)`` does.
    public static func encode(
        rows: [Int], of weight: WeightMatrix, name: String, as format: TensorFormat, on pool: ComputePool? = nil
    ) throws -> TensorData {
        try encodeRows(name: name, shape: [rows.count, weight.columns], as: format, on: pool) { row, numbers in
            weight.unpack(row: rows[row], into: numbers)
        }
    }

    /// Decodes a tensor and encodes it in another format, with a few rows of numbers in memory at a time.
    ///
    /// - Parameters:
    ///   - tensor: what to encode; returned as it is if it has the format already.
    ///   - format: see ``TensorFormat/isEncodable``.
    ///   - pool: threads for it, which change no bit; nil for the calling one alone.
    /// - Throws: ``TensorDataError`` as ``encode(_:name:shape:as:)`` does.
    public static func encode(
        _ tensor: TensorData, as format: TensorFormat, on pool: ComputePool? = nil
    ) throws -> TensorData {
        guard tensor.format != format else { return tensor }
        return try encodeRows(name: tensor.name, shape: tensor.shape, as: format, on: pool) { row, numbers in
            tensor.decode(row: row, into: numbers)
        }
    }

    /// Encodes rows that `read` writes into the first numbers of a buffer.
    private static func encodeRows(
        name: String, shape: [Int], as format: TensorFormat, on pool: ComputePool?,
        read: (Int, UnsafeMutableBufferPointer<Float>) -> Void
    ) throws -> TensorData {
        let byteCount = try byteCount(name: name, shape: shape, as: format)
        let (rows, columns) = (shape.dropLast().reduce(1, *), shape.last ?? 1)
        let misfit = Atomic<Int>(-1)
        let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, initialized in
            initialized = byteCount
            guard let base = buffer.baseAddress, rows > 0 else { return }
            let target = UnsafeMutableRawPointer(base)
            func encode(_ range: Range<Int>) {
                withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, columns)) { numbers in
                    guard let from = numbers.baseAddress else { return }
                    for row in range {
                        read(row, numbers)
                        let place = target + row * (byteCount / rows)
                        if BlockEncoder.encode(format, from, count: columns, into: place) != nil {
                            misfit.store(row, ordering: .relaxed)
                            return
                        }
                    }
                }
            }
            if let pool {
                pool.run(over: rows, grain: rowsPerChunk(columns: columns), encode)
            } else {
                encode(0..<rows)
            }
        }
        let row = misfit.load(ordering: .relaxed)
        if row >= 0 { throw unfit(name, format, row: row) }
        return try TensorData(name: name, format: format, shape: shape, bytes: MappedBytes(bytes))
    }

    /// Rows that are worth handing out: about 64 K numbers.
    static func rowsPerChunk(columns: Int) -> Int { max(1, 65_536 / max(1, columns)) }

    static func byteCount(name: String, shape: [Int], as format: TensorFormat) throws -> Int {
        guard format.isEncodable else {
            let possible = TensorFormat.allCases.filter(\.isEncodable).map(\.rawValue).joined(separator: ", ")
            throw TensorDataError(message: "\(format.rawValue) can be read but not written; \(possible) can.")
        }
        guard let count = TensorData.byteCount(format: format, shape: shape) else {
            throw TensorDataError(
                message: "\(name) has shape \(shape), whose rows are no whole number of \(format.rawValue)'s blocks "
                    + "of \(format.blockLength).")
        }
        return count
    }

    static func unfit(_ name: String, _ format: TensorFormat, row: Int) -> TensorDataError {
        TensorDataError(
            message: "Row \(row) of \(name) holds a number that is not finite or beyond the range of "
                + "\(format.rawValue); keep this tensor in F32.")
    }
}
