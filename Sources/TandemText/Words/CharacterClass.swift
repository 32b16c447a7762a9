/// What the pre-tokenizers' regular expressions know of a character.
enum CharacterClass: UInt8 {
    /// Neither of the others: punctuation, symbols, marks, controls, unassigned.
    case other = 0
    /// `\p{L}`
    case letter = 1
    /// `\p{N}`
    case number = 2
    /// `\s`
    case whitespace = 3
}

/// The class of every Unicode scalar, in two steps: a page number for each 256 scalars, and the distinct pages.
///
/// The table is built once from ``CharacterClassRanges`` (a few kilobytes of runs) rather than asked of the standard
/// library, whose Unicode version changes with the operating system: the same text must give the same tokens everywhere.
struct CharacterClassTable: Sendable {
    static let shared = CharacterClassTable()

    private var pageNumbers: [UInt16]
    private var pages: [CharacterClass]

    private init() {
        pageNumbers = [UInt16](repeating: 0, count: 0x1100)
        // The first four pages hold one class each, and are numbered as it is.
        pages = [CharacterClass.other, .letter, .number, .whitespace].flatMap { repeatElement($0, count: 256) }
        mark(CharacterClassRanges.letters, as: .letter)
        mark(CharacterClassRanges.numbers, as: .number)
        mark(CharacterClassRanges.whitespace, as: .whitespace)
    }

    private mutating func mark(_ runs: [UInt32], as value: CharacterClass) {
        var position = 0
        for pair in stride(from: 0, to: runs.count, by: 2) {
            position += Int(runs[pair])
            let end = position + Int(runs[pair + 1])
            while position < end {
                let page = position >> 8
                let stop = min(end, (page + 1) << 8)
                if stop - position == 256 {
                    pageNumbers[page] = UInt16(value.rawValue)
                } else {
                    if pageNumbers[page] < 4 {
                        pages.append(contentsOf: repeatElement(pages[Int(pageNumbers[page]) << 8], count: 256))
                        pageNumbers[page] = UInt16(pages.count >> 8 - 1)
                    }
                    let base = Int(pageNumbers[page]) << 8
                    for index in position & 0xFF..<position & 0xFF + stop - position { pages[base + index] = value }
                }
                position = stop
            }
        }
    }

    /// The class of a scalar value.
    @inline(__always)
    func classify(_ scalar: UInt32) -> CharacterClass {
        pages[Int(pageNumbers[Int(scalar >> 8)]) << 8 | Int(scalar & 0xFF)]
    }
}

/// Reads characters and their classes from valid UTF-8.
struct CharacterReader {
    let bytes: [UInt8]
    private let table = CharacterClassTable.shared

    /// `bytes` come from a `String`, hence are valid UTF-8.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The number of bytes of the character whose first byte is `lead`.
    @inline(__always)
    static func length(lead: UInt8) -> Int {
        lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
    }

    /// The class of the character at `position`, and where the next one begins.
    @inline(__always)
    func read(_ position: Int) -> (kind: CharacterClass, next: Int) {
        let lead = bytes[position]
        if lead < 0x80 { return (table.classify(UInt32(lead)), position + 1) }
        return readMultibyte(lead, position)
    }

    @inline(never)
    private func readMultibyte(_ lead: UInt8, _ position: Int) -> (kind: CharacterClass, next: Int) {
        func tail(_ distance: Int) -> UInt32 { UInt32(bytes[position + distance] & 0x3F) }
        if lead < 0xE0 { return (table.classify(UInt32(lead & 0x1F) << 6 | tail(1)), position + 2) }
        if lead < 0xF0 { return (table.classify(UInt32(lead & 0x0F) << 12 | tail(1) << 6 | tail(2)), position + 3) }
        let scalar = UInt32(lead & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3)
        return (table.classify(scalar), position + 4)
    }
}
