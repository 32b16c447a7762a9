extension FloatArena {
    /// Bytes that all numbers take in a file.
    public var byteCount: Int { count * MemoryLayout<Float>.size }

    /// Appends all numbers to a file, little-endian.
    public func write(to file: ReplacementFile) throws {
        let bytes = UnsafeRawBufferPointer(start: all.base, count: byteCount)
        for start in stride(from: 0, to: byteCount, by: 1 << 20) {
            try file.write([UInt8](bytes[start..<min(byteCount, start + 1 << 20)]))
        }
    }

    /// Takes all numbers from bytes as ``write(to:)`` leaves them; there must be ``byteCount`` of them.
    public func read(from bytes: MappedBytes) {
        precondition(bytes.count == byteCount, "\(bytes.count) bytes do not fill \(count) numbers.")
        bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(start: all.base, count: byteCount).copyMemory(from: $0) }
    }
}
