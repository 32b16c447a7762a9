import Foundation

/// Text as Python sees it: a sequence of code points.
extension String {
    init(_ scalars: some Sequence<Unicode.Scalar>) {
        var view = String.UnicodeScalarView()
        for scalar in scalars { view.append(scalar) }
        self.init(view)
    }

    /// Python's `lower`: case mappings of single code points, and the final sigma.
    var pythonLowercased: String {
        guard utf8.contains(where: { $0 >= 0x80 }) else { return lowercased() }
        let scalars = Array(unicodeScalars)
        var result = ""
        for (index, scalar) in scalars.enumerated() {
            if scalar == "\u{3A3}" {
                result += Self.isFinal(sigmaAt: index, in: scalars) ? "\u{3C2}" : "\u{3C3}"
            } else {
                result += scalar.properties.lowercaseMapping
            }
        }
        return result
    }

    /// Whether a letter precedes and none follows, marks and the like aside.
    private static func isFinal(sigmaAt index: Int, in scalars: [Unicode.Scalar]) -> Bool {
        let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
        let after = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
        return before?.properties.isCased == true && after?.properties.isCased != true
    }

    /// Python's `upper`.
    var pythonUppercased: String { unicodeScalars.reduce(into: "") { $0 += $1.properties.uppercaseMapping } }

    /// Python's `capitalize`: the first code point in title case, the rest in lower case.
    var pythonCapitalized: String {
        guard let first = unicodeScalars.first else { return "" }
        // Lowered as a whole, since a sigma looks back, then the first one's share replaced.
        let lowered = pythonLowercased.unicodeScalars.dropFirst(first.properties.lowercaseMapping.unicodeScalars.count)
        return first.properties.titlecaseMapping + String(lowered)
    }

    /// Python's method `title`: every letter behind a non-letter in title case, the rest in lower case.
    var pythonTitled: String {
        var result = ""
        var isInWord = false
        for scalar in unicodeScalars {
            result += isInWord ? scalar.properties.lowercaseMapping : scalar.properties.titlecaseMapping
            isInWord = scalar.properties.isCased
        }
        return result
    }

    /// Python's `repr` of text.
    var pythonRepresentation: String {
        let quote: Unicode.Scalar = utf8.contains(0x27) && !utf8.contains(0x22) ? "\"" : "'"
        var result = String.UnicodeScalarView()
        result.append(quote)
        for scalar in unicodeScalars {
            switch scalar {
            case "\\": result.append(contentsOf: "\\\\".unicodeScalars)
            case "\n": result.append(contentsOf: "\\n".unicodeScalars)
            case "\r": result.append(contentsOf: "\\r".unicodeScalars)
            case "\t": result.append(contentsOf: "\\t".unicodeScalars)
            case quote: result.append(contentsOf: ["\\", quote])
            case _ where scalar.isPythonPrintable: result.append(scalar)
            default:
                let (mark, width) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
                let digits = String(scalar.value, radix: 16)
                let zeros = String(repeating: "0", count: width - digits.count)
                result.append(contentsOf: "\\\(mark)\(zeros)\(digits)".unicodeScalars)
            }
        }
        result.append(quote)
        return String(result)
    }

    /// Python's `splitlines`.
    var pythonLines: [String] {
        var lines: [String] = []
        var line = String.UnicodeScalarView()
        var previous: Unicode.Scalar?
        var isOpen = false
        for scalar in unicodeScalars {
            defer { previous = scalar }
            if scalar == "\n", previous == "\r" { continue }
            if scalar.isPythonLineBreak {
                lines.append(String(line))
                line = String.UnicodeScalarView()
                isOpen = false
            } else {
                line.append(scalar)
                isOpen = true
            }
        }
        if isOpen { lines.append(String(line)) }
        return lines
    }
}

extension Unicode.Scalar {
    var isDecimalDigit: Bool { value >= 0x30 && value <= 0x39 }

    /// The value of a hexadecimal digit.
    var hexValue: Int? {
        switch value {
        case 0x30...0x39: Int(value) - 0x30
        case 0x41...0x46: Int(value) - 0x41 + 10
        case 0x61...0x66: Int(value) - 0x61 + 10
        default: nil
        }
    }

    /// Python's `isspace`.
    var isPythonSpace: Bool { properties.isWhitespace || (value >= 0x1C && value <= 0x1F) }

    /// Where Python's `splitlines` splits.
    var isPythonLineBreak: Bool {
        switch value {
        case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }

    /// Whether Python's `repr` shows the code point as it is.
    var isPythonPrintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: self == " "
        default: true
        }
    }

    /// Python's `isalpha`.
    var isPythonLetter: Bool {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: false
        }
    }
}

extension Double {
    /// Python's `repr` of a number: the shortest digits that read back the same, with an exponent below 1e-4 and from
    /// 1e16 on.
    var pythonRepresentation: String {
        if isNaN { return "nan" }
        if isInfinite { return self < 0 ? "-inf" : "inf" }
        if self == 0 { return sign == .minus ? "-0.0" : "0.0" }
        // Swift's description has the same digits, but other thresholds.
        var mantissa = magnitude.description
        var exponent = 0
        if let mark = mantissa.firstIndex(of: "e") {
            exponent = Int(mantissa[mantissa.index(after: mark)...]) ?? 0
            mantissa = String(mantissa[..<mark])
        }
        let point = mantissa.firstIndex(of: ".") ?? mantissa.endIndex
        var digits = mantissa.filter { $0 != "." }
        /// Where the point stands, in digits from the left.
        var pointPlace = mantissa.distance(from: mantissa.startIndex, to: point) + exponent
        while digits.first == "0" {
            digits.removeFirst()
            pointPlace -= 1
        }
        while digits.last == "0" { digits.removeLast() }
        let minus = self < 0 ? "-" : ""
        if pointPlace > 16 || pointPlace < -3 {
            let shown = pointPlace - 1
            let tail = digits.dropFirst()
            let power = (shown.magnitude < 10 ? "0" : "") + String(shown.magnitude)
            return "\(minus)\(digits.prefix(1))\(tail.isEmpty ? "" : ".\(tail)")e\(shown < 0 ? "-" : "+")\(power)"
        }
        if pointPlace <= 0 { return "\(minus)0.\(String(repeating: "0", count: -pointPlace))\(digits)" }
        if pointPlace >= digits.count {
            return "\(minus)\(digits)\(String(repeating: "0", count: pointPlace - digits.count)).0"
        }
        return "\(minus)\(digits.prefix(pointPlace)).\(digits.dropFirst(pointPlace))"
    }

    /// The number with so many digits behind the point, correctly rounded.
    func fixed(_ digitCount: Int) -> String { String(format: "%.\(digitCount)f", self) }
}

/// Searching and splitting by code points. UTF-8 keeps their boundaries, so bytes are compared.
extension String {
    /// The places, in bytes, where `needle` stands, from the left, without overlaps. `needle` is not empty.
    func byteOffsets(of needle: String, limit: Int = .max) -> [Int] {
        var offsets: [Int] = []
        guard limit > 0 else { return offsets }
        Array(utf8)[...].visitPlaces(of: Array(needle.utf8), seesOverlaps: false) { offset in
            offsets.append(offset)
            return offsets.count < limit
        }
        return offsets
    }

    func contains(exactly needle: String) -> Bool { needle.isEmpty || !byteOffsets(of: needle, limit: 1).isEmpty }

    func hasExactPrefix(_ prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }

    func hasExactSuffix(_ suffix: String) -> Bool { utf8.reversed().starts(with: suffix.utf8.reversed()) }

    /// The pieces between the places where `separator` stands.
    func pieces(separatedBy separator: String, limit: Int = .max) -> [String] {
        let bytes = Array(utf8)
        var start = 0
        var pieces: [String] = []
        for offset in byteOffsets(of: separator, limit: limit) {
            pieces.append(String(decoding: bytes[start..<offset], as: UTF8.self))
            start = offset + separator.utf8.count
        }
        pieces.append(String(decoding: bytes[start...], as: UTF8.self))
        return pieces
    }

    /// The text without those code points at its ends; by default without space.
    func stripped(of characters: String?, left: Bool = true, right: Bool = true) -> String {
        let unwanted = characters.map { Set($0.unicodeScalars) }
        func isUnwanted(_ scalar: Unicode.Scalar) -> Bool { unwanted?.contains(scalar) ?? scalar.isPythonSpace }
        var view = Substring(self).unicodeScalars
        if left { while let first = view.first, isUnwanted(first) { view.removeFirst() } }
        if right { while let last = view.last, isUnwanted(last) { view.removeLast() } }
        return String(Substring(view))
    }
}
