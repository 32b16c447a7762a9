public import TandemMath
public import TandemModels

/// How a bundle stores matrices. Norms and biases are 32-bit floats in any case.
public enum BundleStorage: String, Sendable, CaseIterable, Codable {
    /// As they were trained.
    case float32
    /// Half the size, no loss that a drafter would notice.
    case bfloat16
    /// Eight bits a number, and a scale for each 32 of them.
    case int8
    /// Four bits a number, and a scale for each 32 of them.
    case int4

    /// The format that this is in memory: blocks of 32 as GGUF has them.
    public var format: TensorFormat {
        switch self {
        case .float32: .float32
        case .bfloat16: .bfloat16
        case .int8: .q8_0
        case .int4: .q4_0
        }
    }

    /// The format that one weight is stored in: norms and biases are floats, and rows that are no whole number of blocks
    /// halves.
    public func format(of shape: SmallParameterShape) -> TensorFormat {
        if shape.parameter.isVector { return .float32 }
        return shape.columns % format.blockLength == 0 ? format : .bfloat16
    }
}

/// Weights as a bundle's safetensors file has them.
///
/// Floats are tensors as they are. A quantised matrix of R × C is two tensors: its codes and, under the same name with
/// `.scales` behind it, a half-precision number for each 32 neighbours in a row.
///
///     int8   name: I8 [R, C]       value = code · scale
///     int4   name: U8 [R, C / 2]   value = (code − 8) · scale
///
/// Of four-bit codes byte *i* of a block's sixteen has number *i* in its low half and number *i* + 16 in its high half.
enum BundleTensors {
    static let scalesSuffix = ".scales"

    /// The tensors that store a weight.
    static func tensors(of weight: TensorData) throws -> [SafetensorsTensor] {
        guard let codeCount = codeByteCount(weight.format) else { return [try SafetensorsTensor(weight)] }
        let source = weight.bytes.array
        var scales: [UInt8] = []
        var codes: [UInt8] = []
        scales.reserveCapacity(source.count / 8)
        codes.reserveCapacity(source.count)
        for block in stride(from: 0, to: source.count, by: 2 + codeCount) {
            scales += source[block..<block + 2]
            codes += source[block + 2..<block + 2 + codeCount]
        }
        let (rows, columns) = (weight.rows, weight.columns)
        return [
            try SafetensorsTensor(
                name: weight.name, type: weight.format == .q8_0 ? .int8 : .uint8,
                shape: [rows, columns / 32 * codeCount], bytes: MappedBytes(codes)),
            try SafetensorsTensor(
                name: weight.name + scalesSuffix, type: .float16, shape: [rows, columns / 32],
                bytes: MappedBytes(scales)),
        ]
    }

    /// The weight of R × C that the tensor `codes`, and for whole numbers `scales`, store; its shape was not checked yet.
    static func weight(
        _ codes: SafetensorsTensor, scales: SafetensorsTensor?, rows: Int, columns: Int, file: String
    ) throws -> TensorData {
        func failure(_ name: String, _ problem: String) -> CheckpointError {
            CheckpointError(file: file, place: .tensor(name), problem: problem, remedy: Remedy.damaged)
        }
        func require(_ tensor: SafetensorsTensor, _ columns: Int) throws {
            // A vector is a matrix of one row.
            let shape = tensor.shape.count == 1 ? [1] + tensor.shape : tensor.shape
            guard shape == [rows, columns] else {
                throw failure(
                    tensor.name, "its shape is \(tensor.shape), but the configuration asks for \([rows, columns])")
            }
        }
        if let format = codes.type.format {
            try require(codes, columns)
            if let scales { throw failure(scales.name, "there are scales for a tensor of floats") }
            return try TensorData(name: codes.name, format: format, shape: [rows, columns], bytes: codes.bytes)
        }
        let format: TensorFormat = codes.type == .int8 ? .q8_0 : .q4_0
        guard codes.type != .int64, let codeCount = codeByteCount(format), columns % 32 == 0 else {
            throw failure(codes.name, "a weight of \(columns) columns cannot be stored in \(codes.type.rawValue)")
        }
        try require(codes, columns / 32 * codeCount)
        guard let scales else {
            throw failure(codes.name, "its scales are missing: there is no tensor \(codes.name)\(scalesSuffix)")
        }
        guard scales.type == .float16 else {
            throw failure(scales.name, "scales are F16, but these are \(scales.type.rawValue)")
        }
        try require(scales, columns / 32)
        return try TensorData(
            name: codes.name, format: format, shape: [rows, columns],
            bytes: MappedBytes(interleaving: scales.bytes, by: 2, with: codes.bytes, by: codeCount))
    }

    /// Bytes of codes in a block; `nil` for floats.
    private static func codeByteCount(_ format: TensorFormat) -> Int? {
        switch format {
        case .q8_0: 32
        case .q4_0: 16
        default: nil
        }
    }
}
