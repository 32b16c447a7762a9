/// Columns of text that are as wide as their widest cell.
struct TextTable {
    enum Alignment { case left, right }

    private var rows: [[String]] = []
    private let alignments: [Alignment]

    /// A table with a heading.
    init(_ headings: [(String, Alignment)]) {
        rows = [headings.map(\.0)]
        alignments = headings.map(\.1)
    }

    /// A table without one.
    init(alignments: [Alignment]) { self.alignments = alignments }

    mutating func add(_ cells: String...) { rows.append(cells) }

    mutating func add(row cells: [String]) { rows.append(cells) }

    /// All rows, each a line that ends with a newline.
    var text: String {
        let widths = alignments.indices.map { column in
            rows.map { $0.indices.contains(column) ? DisplayWidth.of($0[column]) : 0 }.max() ?? 0
        }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                if column > 0 { line += "  " }
                let padding = String(repeating: " ", count: max(0, widths[column] - DisplayWidth.of(cell)))
                line += alignments[column] == .right ? padding + cell : cell + padding
            }
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}
