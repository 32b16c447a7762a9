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
        let byteCount = try byteCount(name: name, shape: shape, as: format)
        guard let needed = TensorData.byteCount(format: .float32, shape: shape), needed / 4 == numbers.count else {
            throw TensorDataError(message: "\(numbers.count) numbers are given for \(name), whose shape is \(shape).")
        }
        var misfit: Int?
        let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, initialized in
            numbers.withUnsafeBufferPointer { source in
                guard let from = source.baseAddress, let to = buffer.baseAddress else { return }
                misfit = BlockEncoder.encode(format, from, count: source.count, into: UnsafeMutableRawPointer(to))
            }
            initialized = misfit == nil ? byteCount : 0
        }
        if let misfit { throw unfit(name, format, row: misfit / max(1, shape.last ?? 1)) }
        return try TensorData(name: name, format: format, shape: shape, bytes: MappedBytes(bytes))
    }

    /// Decodes a tensor and encodes it in another format, with one row of numbers in memory at a time.
    ///
    /// - Throws: ``TensorDataError`` as ``encode(_:name:shape:as:)`` does.
    public static func encode(_ tensor: TensorData, as format: TensorFormat) throws -> TensorData {
        guard tensor.format != format else { return tensor }
        let byteCount = try byteCount(name: tensor.name, shape: tensor.shape, as: format)
        let rows = tensor.rows
        let columns = tensor.columns
        var misfit: Int?
        let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, initialized in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, columns)) { numbers in
                guard let from = numbers.baseAddress, let to = buffer.baseAddress else { return }
                for row in 0..<rows where misfit == nil {
                    tensor.decode(row: row, into: numbers)
                    let target = UnsafeMutableRawPointer(to) + row * (byteCount / rows)
                    if BlockEncoder.encode(format, from, count: columns, into: target) != nil { misfit = row }
                }
            }
            initialized = misfit == nil ? byteCount : 0
        }
        if let misfit { throw unfit(tensor.name, format, row: misfit) }
        return try TensorData(name: tensor.name, format: format, shape: tensor.shape, bytes: MappedBytes(bytes))
    }

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
