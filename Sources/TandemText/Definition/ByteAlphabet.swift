/// GPT-2's way to write any bytes as printable text, in which byte-level vocabularies are stored.
///
/// Printable bytes of Latin-1 stand for themselves; the others, in order, for the characters from U+0100 on: a space
/// becomes `Ġ`, a newline `Ċ`.
enum ByteAlphabet {
    /// For each byte, its character.
    static let scalars: [UInt32] = {
        var next: UInt32 = 0x100
        return (UInt32(0)..<256).map { byte in
            if (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || (0xAE...0xFF).contains(byte) {
                return byte
            }
            next += 1
            return next - 1
        }
    }()

    /// For each character below U+0180, its byte, or a number past 255.
    private static let bytes: [UInt16] = {
        var bytes = [UInt16](repeating: 0xFFFF, count: 0x180)
        for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar)] = UInt16(byte) }
        return bytes
    }()

    /// Appends the bytes that `text[range]` stands for; appends nothing and returns `false` if a character is not of the
    /// alphabet.
    @inline(__always)
    static func decode(_ text: [UInt8], _ range: Range<Int>, into result: inout [UInt8]) -> Bool {
        let count = result.count
        var position = range.lowerBound
        while position < range.upperBound {
            let lead = text[position]
            var scalar = Int(lead)
            position += 1
            if lead >= 0x80 {
                // All characters of the alphabet take one or two bytes.
                guard lead >= 0xC2, lead < 0xC6, position < range.upperBound, text[position] & 0xC0 == 0x80 else {
                    result.removeLast(result.count - count)
                    return false
                }
                scalar = Int(lead & 0x1F) << 6 | Int(text[position] & 0x3F)
                position += 1
            }
            let byte = bytes[scalar]
            guard byte <= 0xFF else {
                result.removeLast(result.count - count)
                return false
            }
            result.append(UInt8(byte))
        }
        return true
    }
}
