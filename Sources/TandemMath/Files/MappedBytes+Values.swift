#if _endian(big)
    #error("Model files are little-endian and are read in place: this host would have to swap every value.")
#endif

/// Bulk reads for the parsers of file formats, bounds-checked like the single ones.
extension MappedBytes {
    /// `count` little-endian values that lie one after another from `position`, or `nil` if they do not fit.
    public func integers<Value: FixedWidthInteger & BitwiseCopyable>(
        at position: Int, count: Int, as type: Value.Type = Value.self
    ) -> [Value]? {
        let (byteCount, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Value>.size)
        guard !overflow, count >= 0, let part = slice(at: position, count: byteCount) else { return nil }
        return [Value](unsafeUninitializedCapacity: count) { buffer, initialized in
            part.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
            initialized = count
        }
    }

    /// The UTF-8 text in a range, or `nil` if the range does not fit or is not UTF-8.
    public func string(at position: Int, count: Int) -> String? {
        guard let part = slice(at: position, count: count) else { return nil }
        return part.withUnsafeBytes { String(validating: $0, as: UTF8.self) }
    }

    /// Strings that lie one after another from `position`, each behind its length as a 64-bit integer.
    ///
    /// Returns as many of `count` as fit and are UTF-8, so that the caller can say which one is not.
    public func lengthPrefixedStrings(at position: Int, count: Int) -> [String] {
        var strings: [String] = []
        // A string takes at least the eight bytes of its length.
        strings.reserveCapacity(max(0, min(count, self.count / 8)))
        withUnsafeBytes { bytes in
            Self.forEachString(in: bytes, at: position, count: count) { range in
                guard let text = String(validating: UnsafeRawBufferPointer(rebasing: bytes[range]), as: UTF8.self)
                else { return false }
                strings.append(text)
                return true
            }
        }
        return strings
    }

    /// Walks over length-prefixed strings without reading them: how many of `count` fit, and where the last of those ends.
    public func skipLengthPrefixedStrings(at position: Int, count: Int) -> (fitting: Int, end: Int) {
        var fitting = 0
        var end = position
        withUnsafeBytes { bytes in
            Self.forEachString(in: bytes, at: position, count: count) { range in
                fitting += 1
                end = range.upperBound
                return true
            }
        }
        return (fitting, end)
    }

    private static func forEachString(
        in bytes: UnsafeRawBufferPointer, at position: Int, count: Int, _ body: (Range<Int>) -> Bool
    ) {
        guard position >= 0, position <= bytes.count, count > 0 else { return }
        var cursor = position
        for _ in 0..<count {
            guard bytes.count - cursor >= 8 else { return }
            let length = bytes.loadUnaligned(fromByteOffset: cursor, as: UInt64.self)
            cursor += 8
            guard length <= UInt64(bytes.count - cursor) else { return }
            let end = cursor + Int(length)
            guard body(cursor..<end) else { return }
            cursor = end
        }
    }
}
