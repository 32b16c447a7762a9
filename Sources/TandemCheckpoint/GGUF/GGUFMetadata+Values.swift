import TandemMath

extension GGUFMetadata {
    /// A text.
    public func string(_ key: String) throws -> String { try present(string(ifPresent: key), key) }

    /// A text, or `nil` if the key is absent.
    public func string(ifPresent key: String) throws -> String? {
        guard let entry = try entry(key, wanted: "a string", array: false, { $0 == .string }) else { return nil }
        guard let text = bytes.lengthPrefixedStrings(at: entry.payload, count: 1).first else {
            throw malformed(key, "its text is not UTF-8")
        }
        return text
    }

    /// An array of texts.
    public func strings(_ key: String) throws -> [String] { try present(strings(ifPresent: key), key) }

    /// An array of texts, or `nil` if the key is absent.
    public func strings(ifPresent key: String) throws -> [String]? {
        guard let entry = try entry(key, wanted: "an array of strings", array: true, { $0 == .string }) else {
            return nil
        }
        let texts = bytes.lengthPrefixedStrings(at: entry.payload, count: entry.count)
        guard texts.count == entry.count else { throw malformed(key, "string \(texts.count) is not UTF-8") }
        return texts
    }

    /// An integer of any width.
    public func integer(_ key: String) throws -> Int { try present(integer(ifPresent: key), key) }

    /// An integer of any width, or `nil` if the key is absent.
    public func integer(ifPresent key: String) throws -> Int? {
        guard let entry = try entry(key, wanted: "an integer", array: false, \.isInteger) else { return nil }
        return try integerValues(key, entry).first
    }

    /// An array of integers of any width.
    public func integers(_ key: String) throws -> [Int] { try present(integers(ifPresent: key), key) }

    /// An array of integers of any width, or `nil` if the key is absent.
    public func integers(ifPresent key: String) throws -> [Int]? {
        guard let entry = try entry(key, wanted: "an array of integers", array: true, \.isInteger) else { return nil }
        return try integerValues(key, entry)
    }

    /// A floating-point number of either width.
    public func float(_ key: String) throws -> Double { try present(float(ifPresent: key), key) }

    /// A floating-point number of either width, or `nil` if the key is absent.
    public func float(ifPresent key: String) throws -> Double? {
        guard let entry = try entry(key, wanted: "a floating-point number", array: false, \.isFloat) else {
            return nil
        }
        return try floatValues(key, entry).first
    }

    /// An array of floating-point numbers of either width.
    public func floats(_ key: String) throws -> [Double] { try present(floats(ifPresent: key), key) }

    /// An array of floating-point numbers of either width, or `nil` if the key is absent.
    public func floats(ifPresent key: String) throws -> [Double]? {
        guard let entry = try entry(key, wanted: "an array of floating-point numbers", array: true, \.isFloat) else {
            return nil
        }
        return try floatValues(key, entry)
    }

    /// A truth value.
    public func bool(_ key: String) throws -> Bool { try present(bool(ifPresent: key), key) }

    /// A truth value, or `nil` if the key is absent.
    public func bool(ifPresent key: String) throws -> Bool? {
        guard let entry = try entry(key, wanted: "a truth value", array: false, { $0 == .bool }) else { return nil }
        return bytes.integer(at: entry.payload, as: UInt8.self) == 1
    }

    /// An array of truth values.
    public func bools(_ key: String) throws -> [Bool] { try present(bools(ifPresent: key), key) }

    /// An array of truth values, or `nil` if the key is absent.
    public func bools(ifPresent key: String) throws -> [Bool]? {
        guard let entry = try entry(key, wanted: "an array of truth values", array: true, { $0 == .bool }) else {
            return nil
        }
        return bytes.integers(at: entry.payload, count: entry.count, as: UInt8.self)?.map { $0 == 1 }
    }

    private func integerValues(_ key: String, _ entry: Entry) throws -> [Int] {
        func read<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type) throws -> [Int] {
            guard let values: [Value] = bytes.integers(at: entry.payload, count: entry.count) else {
                throw malformed(key, "its value does not lie in the file")
            }
            return try values.map { value in
                guard let fitting = Int(exactly: value) else {
                    throw malformed(key, "its value \(value) is beyond every use of it")
                }
                return fitting
            }
        }
        switch entry.elementType {
        case .uint8: return try read(UInt8.self)
        case .int8: return try read(Int8.self)
        case .uint16: return try read(UInt16.self)
        case .int16: return try read(Int16.self)
        case .uint32: return try read(UInt32.self)
        case .int32: return try read(Int32.self)
        case .uint64: return try read(UInt64.self)
        case .int64: return try read(Int64.self)
        case .float32, .float64, .bool, .string, .array: return []
        }
    }

    private func floatValues(_ key: String, _ entry: Entry) throws -> [Double] {
        let values =
            entry.elementType == .float32
            ? bytes.integers(at: entry.payload, count: entry.count, as: UInt32.self)?
                .map { Double(Float(bitPattern: $0)) }
            : bytes.integers(at: entry.payload, count: entry.count, as: UInt64.self)?.map(Double.init(bitPattern:))
        guard let values else { throw malformed(key, "its value does not lie in the file") }
        return values
    }
}

extension GGUFValueType {
    /// Whether values are whole numbers.
    var isInteger: Bool {
        switch self {
        case .uint8, .int8, .uint16, .int16, .uint32, .int32, .uint64, .int64: true
        case .float32, .float64, .bool, .string, .array: false
        }
    }

    /// Whether values are floating-point numbers.
    var isFloat: Bool { self == .float32 || self == .float64 }
}
