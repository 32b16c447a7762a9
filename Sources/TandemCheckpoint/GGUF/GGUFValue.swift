import TandemMath

/// A metadata value to be written.
public enum GGUFValue: Sendable, Equatable {
    case uint8(UInt8)
    case int8(Int8)
    case uint16(UInt16)
    case int16(Int16)
    case uint32(UInt32)
    case int32(Int32)
    case uint64(UInt64)
    case int64(Int64)
    case float32(Float)
    case float64(Double)
    case bool(Bool)
    case string(String)
    case strings([String])
    case int32s([Int32])
    case uint32s([UInt32])
    case float32s([Float])
    case bools([Bool])

    /// Type and encoding, without the key.
    var encoded: (type: GGUFValueType, bytes: [UInt8]) {
        switch self {
        case .uint8(let value): (.uint8, littleEndianBytes(value))
        case .int8(let value): (.int8, littleEndianBytes(value))
        case .uint16(let value): (.uint16, littleEndianBytes(value))
        case .int16(let value): (.int16, littleEndianBytes(value))
        case .uint32(let value): (.uint32, littleEndianBytes(value))
        case .int32(let value): (.int32, littleEndianBytes(value))
        case .uint64(let value): (.uint64, littleEndianBytes(value))
        case .int64(let value): (.int64, littleEndianBytes(value))
        case .float32(let value): (.float32, littleEndianBytes(value.bitPattern))
        case .float64(let value): (.float64, littleEndianBytes(value.bitPattern))
        case .bool(let value): (.bool, [value ? 1 : 0])
        case .string(let value): (.string, Self.text(value))
        case .strings(let values): Self.array(.string, values, Self.text)
        case .int32s(let values): Self.array(.int32, values, littleEndianBytes)
        case .uint32s(let values): Self.array(.uint32, values, littleEndianBytes)
        case .float32s(let values): Self.array(.float32, values) { littleEndianBytes($0.bitPattern) }
        case .bools(let values): Self.array(.bool, values) { [$0 ? 1 : 0] }
        }
    }

    /// A text behind its length.
    static func text(_ text: String) -> [UInt8] {
        let utf8 = Array(text.utf8)
        return littleEndianBytes(UInt64(utf8.count)) + utf8
    }

    private static func array<Element>(
        _ type: GGUFValueType, _ elements: [Element], _ encode: (Element) -> [UInt8]
    ) -> (type: GGUFValueType, bytes: [UInt8]) {
        var bytes = littleEndianBytes(type.rawValue) + littleEndianBytes(UInt64(elements.count))
        for element in elements { bytes += encode(element) }
        return (.array, bytes)
    }
}

/// The bytes of an integer, least significant first.
func littleEndianBytes<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    var rest = value
    return (0..<Value.bitWidth / 8).map { _ in
        defer { rest = Value.bitWidth > 8 ? rest >> 8 : 0 }
        return UInt8(truncatingIfNeeded: rest)
    }
}
