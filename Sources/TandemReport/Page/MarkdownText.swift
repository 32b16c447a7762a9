/// Text that is a cell of a Markdown table.
enum MarkdownText {
    /// `text` on one line, with a backslash before everything that would otherwise mean something.
    ///
    /// An underscore within a word means nothing and stays as it is, because names are full of them.
    static func cell(_ text: String) -> String {
        var result = ""
        var previous: Character = " "
        let characters = Array(text)
        for (index, character) in characters.enumerated() {
            let next = index + 1 < characters.count ? characters[index + 1] : " "
            switch character {
            case "\\", "|", "`", "*", "[", "<", "&", "~": result += "\\\(character)"
            case "_" where !(previous.isWordPart && next.isWordPart): result += "\\_"
            case _ where character.isNewline || character == "\t": result += " "
            default: result.append(character)
            }
            previous = character
        }
        return result
    }
}

extension Character {
    fileprivate var isWordPart: Bool { isLetter || isNumber || self == "_" }
}
