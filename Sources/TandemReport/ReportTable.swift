/// Rows and columns of text, for a page and for a Markdown file.
///
///     var table = ReportTable("Tokens a second", columns: [.text("arm"), .number("median"), .number("over plain")])
///     table.add("plain", "101", "1.00")
///     table.markdown
///     // | arm   | median | over plain |
///     // | :---- | -----: | ---------: |
///     // | plain |    101 |       1.00 |
public struct ReportTable: Sendable, Hashable {
    /// A column's heading, and how its cells stand.
    public struct Column: Sendable, Hashable {
        /// Which side cells stand at.
        public enum Alignment: Sendable, Hashable {
            /// The left one.
            case text
            /// The right one, with digits of one width.
            case number
        }

        /// What the column tells.
        public var heading: String
        /// How its cells stand.
        public var alignment: Alignment

        /// A column.
        public init(_ heading: String, _ alignment: Alignment) {
            self.heading = heading
            self.alignment = alignment
        }

        /// A column of words.
        public static func text(_ heading: String) -> Column { Column(heading, .text) }
        /// A column of numbers.
        public static func number(_ heading: String) -> Column { Column(heading, .number) }
    }

    /// What the table tells; may be empty.
    public var caption: String
    /// From left to right.
    public let columns: [Column]
    /// From top to bottom; as many cells as there are columns.
    public private(set) var rows: [[String]] = []

    /// A table without rows yet.
    public init(_ caption: String = "", columns: [Column]) {
        precondition(!columns.isEmpty, "A table has at least one column.")
        self.caption = caption
        self.columns = columns
    }

    /// Adds a row.
    public mutating func add(_ cells: String...) { add(row: cells) }

    /// Adds a row.
    public mutating func add(row cells: [String]) {
        precondition(cells.count == columns.count, "A row has \(columns.count) cells, not \(cells.count).")
        rows.append(cells)
    }

    // MARK: Texts

    /// The table as Markdown, columns padded so that the text itself can be read; the caption is not part of it.
    public var markdown: String {
        let headings = columns.map { MarkdownText.cell($0.heading) }
        let cells = rows.map { $0.map(MarkdownText.cell) }
        let widths = columns.indices.map { column in
            max(3, ([headings] + cells).map { $0[column].count }.max() ?? 0)
        }
        func line(_ row: [String]) -> String {
            let padded = row.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                return columns[column].alignment == .number ? padding + row[column] : row[column] + padding
            }
            return "| " + padded.joined(separator: " | ") + " |\n"
        }
        let rule = columns.indices.map { column in
            let dashes = String(repeating: "-", count: widths[column] - 1)
            return columns[column].alignment == .number ? dashes + ":" : ":" + dashes
        }
        return line(headings) + line(rule) + cells.map(line).joined()
    }

    var html: String {
        func row(_ cells: [String], tag: String, scope: String = "") -> String {
            let parts = zip(cells, columns).map { cell, column in
                let style = column.alignment == .number ? " class=\"number\"" : ""
                return "<\(tag)\(scope)\(style)>\(HTMLText.escaped(cell))</\(tag)>"
            }
            return "<tr>\(parts.joined())</tr>"
        }
        let caption = caption.isEmpty ? "" : "<caption>\(HTMLText.escaped(caption))</caption>\n"
        return """
            <div class="wide"><table>
            \(caption)<thead>\(row(columns.map(\.heading), tag: "th", scope: " scope=\"col\""))</thead>
            <tbody>
            \(rows.map { row($0, tag: "td") }.joined(separator: "\n"))
            </tbody>
            </table></div>
            """
    }
}
