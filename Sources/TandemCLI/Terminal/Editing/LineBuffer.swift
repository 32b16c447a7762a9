/// A text that is being written, and the place in it where the next character goes.
///
/// Places are counted in characters as people see them, so that an arrow key steps over an accent or a flag at once.
struct LineBuffer: Equatable {
    private(set) var characters: [Character] = []
    /// How many characters stand before the cursor.
    private(set) var cursor = 0

    /// Empty.
    init() {}

    /// A text with the cursor at its end.
    init(_ text: String) {
        characters = Array(text)
        cursor = characters.count
    }

    var text: String { String(characters) }
    var isEmpty: Bool { characters.isEmpty }

    /// Writes at the cursor.
    ///
    /// A combining mark joins the character before it, so the whole is cut into characters anew.
    mutating func insert(_ text: String) {
        let before = String(characters[..<cursor]) + text
        let after = String(characters[cursor...])
        characters = Array(before + after)
        cursor = min(before.count, characters.count)
    }

    /// Text from elsewhere: line ends become plain, tabs spaces, other control characters nothing.
    mutating func paste(_ text: String) {
        var clean = ""
        for character in text {
            switch character {
            case "\r\n", "\r", "\n": clean.append("\n")
            case "\t": clean += "    "
            default:
                if !character.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
                    clean.append(character)
                }
            }
        }
        insert(clean)
    }

    mutating func left() { cursor = max(0, cursor - 1) }
    mutating func right() { cursor = min(characters.count, cursor + 1) }
    /// To the beginning of the line within the text.
    mutating func home() { cursor = lineStart }
    /// To the end of the line within the text.
    mutating func end() { cursor = lineEnd }
    mutating func wordLeft() { cursor = wordStart }
    mutating func wordRight() { cursor = wordEnd }

    /// To the same column of the line above; false if there is none.
    mutating func up() -> Bool {
        guard lineStart > 0 else { return false }
        let column = cursor - lineStart
        cursor = lineStart - 1
        cursor = min(lineStart + column, cursor)
        return true
    }

    /// To the same column of the line below; false if there is none.
    mutating func down() -> Bool {
        guard lineEnd < characters.count else { return false }
        let column = cursor - lineStart
        cursor = lineEnd + 1
        cursor = min(lineStart + column, lineEnd)
        return true
    }

    mutating func backspace() { delete(max(0, cursor - 1)..<cursor) }
    mutating func delete() { delete(cursor..<min(characters.count, cursor + 1)) }
    mutating func deleteWordBackward() { delete(wordStart..<cursor) }
    mutating func deleteWordForward() { delete(cursor..<wordEnd) }
    mutating func deleteToEnd() { delete(cursor..<lineEnd) }
    mutating func deleteToStart() { delete(lineStart..<cursor) }

    private mutating func delete(_ range: Range<Int>) {
        characters.removeSubrange(range)
        cursor = range.lowerBound
    }

    private var lineStart: Int { characters[..<cursor].lastIndex(of: "\n").map { $0 + 1 } ?? 0 }
    private var lineEnd: Int { characters[cursor...].firstIndex(of: "\n") ?? characters.count }

    private var wordStart: Int {
        var place = cursor
        while place > 0, !characters[place - 1].isWordPart { place -= 1 }
        while place > 0, characters[place - 1].isWordPart { place -= 1 }
        return place
    }

    private var wordEnd: Int {
        var place = cursor
        while place < characters.count, !characters[place].isWordPart { place += 1 }
        while place < characters.count, characters[place].isWordPart { place += 1 }
        return place
    }
}

extension Character {
    fileprivate var isWordPart: Bool { isLetter || isNumber || self == "_" }
}
