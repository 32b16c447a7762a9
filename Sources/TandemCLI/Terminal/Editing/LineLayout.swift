/// Where the characters of a text and its cursor stand on a terminal of some width.
///
///     › a text that is longer than the      prompt before the first row,
///       window is wide                      indentation before the others
struct LineLayout: Equatable {
    /// The rows as they are printed, prompt included.
    var rows: [String]
    /// The row of the cursor.
    var cursorRow: Int
    /// The column of the cursor.
    var cursorColumn: Int

    /// - Parameters:
    ///   - height: Rows that fit; of a longer text those around the cursor are shown.
    init(_ buffer: LineBuffer, prompt: String, width: Int, height: Int = .max) {
        let indentation = String(repeating: " ", count: DisplayWidth.of(prompt))
        // A window narrower than the prompt still gets one character a row.
        let width = max(width, DisplayWidth.of(prompt) + 2)
        var rows = [prompt]
        var column = DisplayWidth.of(prompt)
        var cursor = (row: 0, column: column)
        func begin() {
            rows.append(indentation)
            column = indentation.count
        }
        for (index, character) in buffer.characters.enumerated() {
            let isBreak = character == "\n"
            let columns = isBreak ? 0 : DisplayWidth.of(character)
            if !isBreak, column + columns > width { begin() }
            if index == buffer.cursor { cursor = (rows.count - 1, column) }
            if isBreak {
                begin()
            } else {
                rows[rows.count - 1].append(character)
                column += columns
            }
        }
        if buffer.cursor == buffer.characters.count {
            if column >= width { begin() }
            cursor = (rows.count - 1, column)
        }
        let height = max(1, height)
        let first = rows.count <= height ? 0 : min(max(0, cursor.row - height / 2), rows.count - height)
        self.rows = Array(rows[first..<min(rows.count, first + height)])
        cursorRow = cursor.row - first
        cursorColumn = min(cursor.column, width - 1)
    }

    /// What brings the terminal from the layout before to this one.
    ///
    /// Lines are broken here and never by the terminal, whose ways of doing it differ.
    func drawing(over previous: LineLayout?) -> String {
        var text = ""
        if let previous, previous.cursorRow > 0 { text += "\u{1B}[\(previous.cursorRow)A" }
        text += "\r\u{1B}[J" + rows.joined(separator: "\r\n")
        let up = rows.count - 1 - cursorRow
        if up > 0 { text += "\u{1B}[\(up)A" }
        text += "\r"
        if cursorColumn > 0 { text += "\u{1B}[\(cursorColumn)C" }
        return text
    }

    /// What brings the cursor below the text.
    var leaving: String {
        let down = rows.count - 1 - cursorRow
        return (down > 0 ? "\u{1B}[\(down)B" : "") + "\r\n"
    }
}
