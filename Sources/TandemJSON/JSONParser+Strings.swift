extension JSONParser {
    mutating func string() throws(JSONError) -> String {
        let begin = position
        position += 1
        // Where the bytes that stand for themselves begin that are not yet in `unescaped`.
        var plainStart = position
        var unescaped: [UInt8] = []
        while let byte = current {
            if byte == UInt8(ascii: "\"") {
                let plain = bytes[plainStart..<position]
                position += 1
                let text =
                    unescaped.isEmpty
                    ? String(validating: plain, as: UTF8.self) : String(validating: unescaped + plain, as: UTF8.self)
                guard let text else { throw failure("a string is not UTF-8", at: begin) }
                return text
            } else if byte == UInt8(ascii: "\\") {
                unescaped += bytes[plainStart..<position]
                unescaped += String(try escape()).utf8
                plainStart = position
            } else {
                guard byte >= 0x20 else { throw failure("a string holds a control character") }
                position += 1
            }
        }
        throw failure("a string does not end", at: begin)
    }

    /// The character that an escape stands for.
    private mutating func escape() throws(JSONError) -> Unicode.Scalar {
        let begin = position
        position += 1
        guard let letter = current else { throw failure("a string ends inside an escape", at: begin) }
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): break
        default: throw failure("an unknown escape", at: begin)
        }
        let first = try fourHexadecimalDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        // A surrogate: only the first of a pair, with the second behind it, is a character.
        guard first < 0xDC00, take("\\"), take("u") else { throw failure("half of a surrogate pair", at: begin) }
        let second = try fourHexadecimalDigits()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw failure("half of a surrogate pair", at: begin) }
        return scalar
    }

    private mutating func fourHexadecimalDigits() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            let digit: UInt8
            switch current {
            case .some(let byte) where byte &- 0x30 < 10: digit = byte - 0x30
            // A capital letter and its small one differ in one bit.
            case .some(let byte) where (byte | 0x20) &- 0x61 < 6: digit = (byte | 0x20) - 0x61 + 10
            default: throw failure("a hexadecimal digit should stand here")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}
