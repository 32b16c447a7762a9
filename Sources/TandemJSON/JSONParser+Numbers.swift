extension JSONParser {
    mutating func number() throws(JSONError) -> JSONValue {
        let begin = position
        let isNegative = take("-")
        let firstDigit = position
        // Nearly all numbers in files are whole and short; they are read on the way.
        var magnitude = 0
        var fits = true
        while let byte = current, byte &- 0x30 < 10 {
            let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(byte &- 0x30))
            fits = fits && !overflow && !carry
            magnitude = sum
            position += 1
        }
        guard position > firstDigit else { throw failure("a digit should stand here") }
        guard position == firstDigit + 1 || bytes[firstDigit] != UInt8(ascii: "0") else {
            throw failure("a number begins with a superfluous 0", at: begin)
        }
        var isWhole = true
        if take(".") {
            isWhole = false
            try digits()
        }
        if take("e") || take("E") {
            isWhole = false
            if !take("+") { _ = take("-") }
            try digits()
        }
        if isWhole, fits { return .integer(isNegative ? -magnitude : magnitude) }
        let text = String(decoding: bytes[begin..<position], as: UTF8.self)
        // The smallest whole number has a magnitude that does not fit.
        if isWhole, let integer = Int(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else {
            throw failure("a number is beyond all bounds", at: begin)
        }
        return .number(number)
    }

    private mutating func digits() throws(JSONError) {
        let begin = position
        while let byte = current, byte &- 0x30 < 10 { position += 1 }
        guard position > begin else { throw failure("a digit should stand here") }
    }
}
