public import TandemMath

/// The numbers by which GGUF names tensor formats.
enum GGUFTensorType {
    /// The format that `number` stands for, or `nil` if it is none that we read.
    static func format(_ number: UInt32) -> TensorFormat? {
        TensorFormat.allCases.first { $0.ggufTypeNumber == number }
    }

    /// What people call the format: for messages about those we do not read.
    static func name(_ number: UInt32) -> String {
        format(number)?.rawValue ?? others[number] ?? "number \(number), which no published format has"
    }

    private static let others: [UInt32: String] = [
        4: "Q4_2", 5: "Q4_3", 9: "Q8_1", 10: "Q2_K", 11: "Q3_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS",
        18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16",
        26: "I32", 27: "I64", 28: "F64", 29: "IQ1_M", 31: "Q4_0_4_4", 32: "Q4_0_4_8", 33: "Q4_0_8_8", 34: "TQ1_0",
        35: "TQ2_0", 39: "MXFP4", 40: "NVFP4",
    ]

    /// All formats that we read, for messages.
    static let supported = TensorFormat.allCases.map(\.rawValue).joined(separator: ", ")
}

extension TensorFormat {
    /// The number that stands for this format in a GGUF file.
    public var ggufTypeNumber: UInt32 {
        switch self {
        case .float32: 0
        case .float16: 1
        case .q4_0: 2
        case .q4_1: 3
        case .q5_0: 6
        case .q5_1: 7
        case .q8_0: 8
        case .q4_K: 12
        case .q5_K: 13
        case .q6_K: 14
        case .bfloat16: 30
        }
    }

    /// The `general.file_type` of a GGUF whose matrices are in this format.
    public var ggufFileType: UInt32 {
        switch self {
        case .float32: 0
        case .float16: 1
        case .q4_0: 2
        case .q4_1: 3
        case .q8_0: 7
        case .q5_0: 8
        case .q5_1: 9
        case .q4_K: 14
        case .q5_K: 16
        case .q6_K: 18
        case .bfloat16: 32
        }
    }
}
