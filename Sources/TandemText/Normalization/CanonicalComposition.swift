/// Unicode's normalisation form C: a character and the marks that belong to it as one scalar where there is one.
///
/// Written out here because the standard library's form C (which Foundation uses) joins some Hangul letters that have no
/// syllable and leaves others apart, and because the same text must give the same tokens on every system.
/// The algorithm is that of the Unicode Standard, section 3.11 and, for Hangul, section 3.12.
struct CanonicalComposition: Sendable {
    static let shared = CanonicalComposition()

    private let decompositions: [UInt32: (first: UInt32, second: UInt32)]
    private let compositions: [UInt64: UInt32]
    /// Characters that do not compose again, and those that join the one before.
    private let unsettled: Set<UInt32>
    /// The combining classes of marks.
    private let classes: [UInt32: UInt8]

    private init() {
        var decompositions: [UInt32: (first: UInt32, second: UInt32)] = [:]
        var compositions: [UInt64: UInt32] = [:]
        var unsettled: Set<UInt32> = []
        let groups = CanonicalDecompositions.groups
        var scalar: UInt32 = 0
        for index in stride(from: 0, to: groups.count, by: 4) {
            scalar += groups[index]
            let (first, second) = (groups[index + 1], groups[index + 2])
            decompositions[scalar] = (first, second)
            if groups[index + 3] == 1 {
                compositions[Self.pair(first, second)] = scalar
                unsettled.insert(second)
            } else {
                unsettled.insert(scalar)
            }
        }
        var classes: [UInt32: UInt8] = [:]
        let marks = CanonicalDecompositions.marks
        scalar = 0
        for index in stride(from: 0, to: marks.count, by: 3) {
            scalar += marks[index]
            for mark in scalar..<scalar + marks[index + 1] { classes[mark] = UInt8(marks[index + 2]) }
            scalar += marks[index + 1]
        }
        self.decompositions = decompositions
        self.compositions = compositions
        self.unsettled = unsettled
        self.classes = classes
    }

    private static func pair(_ first: UInt32, _ second: UInt32) -> UInt64 { UInt64(first) << 32 | UInt64(second) }

    // MARK: - Looking

    /// Whether the text in `range` is surely composed already; `false` may be too careful.
    func isComposed(_ text: [UInt8], _ range: Range<Int>) -> Bool {
        var position = range.lowerBound
        while position < range.upperBound {
            let lead = text[position]
            // Nothing before U+0300, whose first byte is 0xCC, is ever changed.
            guard lead >= 0xCC else {
                position += 1
                continue
            }
            let length = CharacterReader.length(lead: lead)
            var scalar = UInt32(lead) & (0x7F >> UInt32(length))
            for next in position + 1..<position + length { scalar = scalar << 6 | UInt32(text[next] & 0x3F) }
            guard isSettled(scalar) else { return false }
            position += length
        }
        return true
    }

    private func isSettled(_ scalar: UInt32) -> Bool {
        switch scalar {
        // Most text: punctuation, kana, Chinese characters, Hangul syllables, emoji.
        case 0x2010...0x2027, 0x3001...0x3029, 0x3041...0x3096, 0x30A1...0x30FA, 0x3400...0x9FFF, 0xAC00...0xD7A3,
            0x1F000...0x1FAFF:
            true
        case 0x1160...0x11FF: false
        default: !unsettled.contains(scalar) && combiningClass(scalar) == 0
        }
    }

    private func combiningClass(_ scalar: UInt32) -> UInt8 {
        scalar < 0x300 ? 0 : classes[scalar] ?? 0
    }

    // MARK: - Changing

    /// The text in form C.
    func compose(_ text: [UInt8]) -> [UInt8] {
        var scalars: [UInt32] = []
        scalars.reserveCapacity(text.count)
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars { decompose(scalar.value, into: &scalars) }
        let classes = order(&scalars)
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        for value in join(scalars, classes) {
            guard let scalar = Unicode.Scalar(value), let bytes = UTF8.encode(scalar) else { continue }
            result.append(contentsOf: bytes)
        }
        return result
    }

    private func decompose(_ scalar: UInt32, into result: inout [UInt32]) {
        if Hangul.isSyllable(scalar) {
            Hangul.decompose(scalar, into: &result)
        } else if scalar >= 0xC0, let (first, second) = decompositions[scalar] {
            decompose(first, into: &result)
            if second != 0 { decompose(second, into: &result) }
        } else {
            result.append(scalar)
        }
    }

    /// Sorts the marks of each character by their combining class; returns all classes.
    private func order(_ scalars: inout [UInt32]) -> [UInt8] {
        var classes = scalars.map(combiningClass)
        var start = 0
        while start < scalars.count {
            guard classes[start] != 0 else {
                start += 1
                continue
            }
            var end = start + 1
            while end < scalars.count, classes[end] != 0 { end += 1 }
            if end - start > 1 {
                let sorted = (start..<end).sorted { (classes[$0], $0) < (classes[$1], $1) }
                let marks = sorted.map { scalars[$0] }
                let markClasses = sorted.map { classes[$0] }
                scalars.replaceSubrange(start..<end, with: marks)
                classes.replaceSubrange(start..<end, with: markClasses)
            }
            start = end
        }
        return classes
    }

    /// Joins each character with what follows it, unless something between them blocks.
    private func join(_ scalars: [UInt32], _ classes: [UInt8]) -> [UInt32] {
        var result: [UInt32] = []
        result.reserveCapacity(scalars.count)
        var starter: Int?
        var lastClass: UInt8 = 0
        for (scalar, combiningClass) in zip(scalars, classes) {
            if let starter, starter == result.count - 1 || lastClass < combiningClass,
                let joined = Hangul.compose(result[starter], scalar)
                    ?? compositions[Self.pair(result[starter], scalar)]
            {
                result[starter] = joined
                continue
            }
            if combiningClass == 0 { starter = result.count }
            lastClass = combiningClass
            result.append(scalar)
        }
        return result
    }
}

/// Korean syllables, which compose by arithmetic: leading consonant, vowel, and perhaps trailing consonant.
private enum Hangul {
    private static let leading: UInt32 = 0x1100
    private static let vowels: UInt32 = 0x1161
    /// One before the first trailing consonant: 0 stands for none.
    private static let trailing: UInt32 = 0x11A7
    private static let syllables: UInt32 = 0xAC00
    private static let leadingCount: UInt32 = 19
    private static let vowelCount: UInt32 = 21
    private static let trailingCount: UInt32 = 28

    static func isSyllable(_ scalar: UInt32) -> Bool {
        scalar >= syllables && scalar < syllables + leadingCount * vowelCount * trailingCount
    }

    static func decompose(_ scalar: UInt32, into result: inout [UInt32]) {
        let index = scalar - syllables
        result.append(leading + index / (vowelCount * trailingCount))
        result.append(vowels + index / trailingCount % vowelCount)
        if index % trailingCount != 0 { result.append(trailing + index % trailingCount) }
    }

    static func compose(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if (leading..<leading + leadingCount).contains(first), (vowels..<vowels + vowelCount).contains(second) {
            return syllables + ((first - leading) * vowelCount + (second - vowels)) * trailingCount
        }
        if isSyllable(first), (first - syllables) % trailingCount == 0,
            (trailing + 1..<trailing + trailingCount).contains(second)
        {
            return first + (second - trailing)
        }
        return nil
    }
}
