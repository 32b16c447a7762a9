internal import CTandemKernels

/// A weight at some precision: `rows` outputs for `columns` inputs, in the order in which the kernels read it.
///
/// Precision is a property of the weight, not of the model: whoever multiplies does not know it. Values are those of
/// the file, only their order changes (the layout is drawn in `product.inc`). Rows are padded to a multiple of sixteen.
///
///     let weight = try WeightMatrix(tensor)
///     Kernels.multiply(activations, [.init(weight, into: output)], pool: pool)
public final class WeightMatrix: @unchecked Sendable {
    // Unchecked, because the memory is written in the initialiser and never again.

    /// Outputs.
    public let rows: Int
    /// Inputs.
    public let columns: Int
    /// How the file stored it.
    public let format: TensorFormat
    private let arena: WeightArena
    private let base: UnsafeMutableRawPointer
    /// What the kernels take.
    let descriptor: tk_weight

    /// Packs a matrix that a file holds. The groups are shared out over the pool.
    ///
    /// - Parameters:
    ///   - tensor: the matrix.
    ///   - arena: where to put it; `nil` makes room for this weight alone.
    ///   - pool: threads for packing; `nil` for the calling one alone.
    /// - Throws: ``WeightError`` if it is not a matrix or has no rows.
    public init(_ tensor: TensorData, in arena: WeightArena? = nil, pool: ComputePool? = nil) throws {
        guard tensor.shape.count == 2, tensor.rows > 0, tensor.columns > 0 else {
            throw WeightError("\(tensor.name) has shape \(tensor.shape); a weight is a matrix with rows and columns.")
        }
        rows = tensor.rows
        columns = tensor.columns
        format = tensor.format
        let source = tensor.format.source
        let kind = tk_packed_kind(source)
        let groupBytes = tk_packed_group_bytes(kind, columns)
        let groupCount = (rows + 15) / 16
        self.arena = arena ?? WeightArena(byteCount: groupBytes * groupCount)
        base = self.arena.allocate(groupBytes * groupCount)
        descriptor = tk_weight(data: base, rows: rows, columns: columns, group_bytes: groupBytes, kind: kind)
        let (rows, columns) = (rows, columns)
        let target = base.assumingMemoryBound(to: UInt8.self)
        let stride = tensor.bytes.count / rows
        tensor.bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
            let perChunk = max(1, (1 << 16) / max(groupBytes, 1))
            let pack = { (chunk: Int) in
                for group in chunk * perChunk..<min((chunk + 1) * perChunk, groupCount) {
                    tk_pack_group(
                        source, start + group * 16 * stride, stride, min(16, rows - group * 16), columns,
                        target + group * groupBytes)
                }
            }
            let chunkCount = (groupCount + perChunk - 1) / perChunk
            if let pool { pool.run(chunkCount: chunkCount, pack) } else { (0..<chunkCount).forEach(pack) }
        }
        // Otherwise a model would be in memory twice while it is loaded.
        tensor.bytes.release()
    }

    /// Rows that were packed in the order of another weight.
    init(rows: Int, like other: WeightMatrix, in arena: WeightArena, at base: UnsafeMutableRawPointer) {
        precondition(rows > 0, "A weight has rows.")
        self.rows = rows
        columns = other.columns
        format = other.format
        self.arena = arena
        self.base = base
        descriptor = tk_weight(
            data: base, rows: rows, columns: columns, group_bytes: other.descriptor.group_bytes,
            kind: other.descriptor.kind)
    }

    /// Packs 32-bit floats.
    public convenience init(_ values: Matrix) {
        let bytes = values.bytes
        do {
            try self.init(
                TensorData(name: "values", format: .float32, shape: [values.rows, values.columns], bytes: bytes))
        } catch {
            preconditionFailure("A weight has at least one row and one column: \(error)")
        }
    }

    /// Bytes that a tensor takes when packed.
    public static func packedByteCount(of tensor: TensorData) -> Int {
        (tensor.rows + 15) / 16 * tk_packed_group_bytes(tk_packed_kind(tensor.format.source), tensor.columns)
    }

    /// Groups of sixteen outputs.
    var groupCount: Int { (rows + 15) / 16 }

    /// Bytes that one product reads.
    public var byteCount: Int { (rows + 15) / 16 * descriptor.group_bytes }

    /// Whether products take activations in 8-bit codes.
    public var isQuantized: Bool { descriptor.kind.rawValue > TK_BFLOAT16.rawValue }

    /// Writes the numbers of row `index`, decoded, into a row of `matrix`: what an embedding does.
    public func unpack(row index: Int, into matrix: Matrix, at row: Int) {
        precondition(matrix.columns == columns && row >= 0 && row < matrix.rows, "The row does not fit.")
        unpack(row: index, into: UnsafeMutableBufferPointer(start: matrix.pointer(row: row), count: columns))
    }

    /// Writes the numbers of row `index`, decoded, into the first ones of `numbers`.
    func unpack(row index: Int, into numbers: UnsafeMutableBufferPointer<Float>) {
        precondition(index >= 0 && index < rows, "There is no row \(index) among \(rows).")
        guard let target = numbers.baseAddress, numbers.count >= columns else {
            preconditionFailure("A row has \(columns) numbers, and there is room for \(numbers.count).")
        }
        withUnsafePointer(to: descriptor) { tk_unpack_row($0, index, target) }
    }
}

/// A tensor that cannot be a weight.
public struct WeightError: Error, Sendable, CustomStringConvertible {
    /// A sentence for people.
    public let description: String
    init(_ description: String) { self.description = description }
}

extension TensorFormat {
    var source: tk_source {
        switch self {
        case .float32: TK_SOURCE_F32
        case .float16: TK_SOURCE_F16
        case .bfloat16: TK_SOURCE_BF16
        case .q8_0: TK_SOURCE_Q8_0
        case .q4_0: TK_SOURCE_Q4_0
        case .q4_1: TK_SOURCE_Q4_1
        case .q5_0: TK_SOURCE_Q5_0
        case .q5_1: TK_SOURCE_Q5_1
        case .q4_K: TK_SOURCE_Q4_K
        case .q5_K: TK_SOURCE_Q5_K
        case .q6_K: TK_SOURCE_Q6_K
        }
    }
}
