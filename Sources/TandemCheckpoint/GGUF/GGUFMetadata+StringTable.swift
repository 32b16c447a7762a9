import TandemMath
public import TandemText

extension GGUFMetadata {
    /// An array of texts as bytes.
    public func stringTable(_ key: String) throws -> StringTable { try present(stringTable(ifPresent: key), key) }

    /// An array of texts as bytes: much faster than one `String` each where there are a hundred thousand.
    ///
    /// `nil` if the key is absent.
    public func stringTable(ifPresent key: String) throws -> StringTable? {
        guard let entry = try entry(key, wanted: "an array of strings", array: true, { $0 == .string }) else {
            return nil
        }
        guard let encoded = bytes.slice(at: entry.payload, count: entry.end - entry.payload)?.array else {
            throw malformed(key, "its value does not lie in the file")
        }
        var table = StringTable()
        table.reserveCapacity(count: entry.count, byteCount: max(0, encoded.count - 8 * entry.count))
        var position = 0
        for _ in 0..<entry.count {
            guard encoded.count - position >= 8 else { throw malformed(key, "its value does not lie in the file") }
            var length: UInt64 = 0
            for index in 0..<8 { length |= UInt64(encoded[position + index]) << UInt64(8 * index) }
            position += 8
            guard length <= UInt64(encoded.count - position) else {
                throw malformed(key, "its value does not lie in the file")
            }
            table.append(encoded[position..<position + Int(length)])
            position += Int(length)
        }
        return table
    }
}
