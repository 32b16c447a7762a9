import TandemCheckpoint

/// All that a run of the benchmark found.
struct EngineReport: Codable {
    /// What was typed.
    var command: String
    var machine: MachineDescription
    var peer: String
    /// Name of the model's file.
    var model: String
    var threads: Int
    var repetitions: Int
    var tables: [EngineTable]

    static let heading = ["", "what", "Tandem", "llama.cpp", "ratio (range)", "must", "aim"]

    /// The cells of a line under ``heading``.
    static func cells(_ line: EngineLine) -> [String] {
        let mark =
            switch line.verdict {
            case .aim: "✓✓"
            case .must: "✓"
            case .miss: "✗"
            case nil: ""
            }
        func own(_ summary: Summary?) -> String { summary.map { "\($0.text) \(line.unit)" } ?? "" }
        let flash = line.flashAttention == true ? " (f)" : ""
        func limit(_ value: Double?) -> String {
            guard let value, let goal = line.goal else { return "" }
            return (goal.isFloor ? "≥ " : "≤ ") + number(value) + (goal.isRatio ? " ×" : " \(line.unit)")
        }
        return [
            mark + (line.isTrusted ? "" : "!"), line.title,
            own(line.tandem) + (line.ratio == nil ? line.tandem.map { " (\($0.range))" } ?? "" : ""),
            line.llama == nil ? "" : own(line.llama) + flash, line.ratio.map { "\($0.text) (\($0.range))" } ?? "",
            limit(line.goal?.must), limit(line.goal?.aim),
        ]
    }

    /// What the marks mean.
    static let legend =
        "✓✓ reaches what is aimed at, ✓ what it must, ✗ misses it; ! most readings were disturbed by others; (f) llama.cpp "
        + "with flash attention, where that is the faster setting."

    private static func number(_ value: Double) -> String {
        value == value.rounded() ? "\(Int(value))" : "\(value)"
    }

    /// For a terminal.
    var text: String {
        var text = "\(machine.text)\n\(peer), \(threads) threads, \(repetitions) repetitions, medians\n"
        for table in tables {
            text += "\n\(model), \(table.format), \(table.weightBytes / 1_000_000) MB of weights\n"
            text += Self.aligned([Self.heading] + table.lines.map(Self.cells))
            for line in table.lines {
                if let note = line.note { text += "  \(line.title): \(note)\n" }
            }
            text += table.trust + "\n"
        }
        return text + Self.legend + "\n"
    }

    private static func aligned(_ rows: [[String]]) -> String {
        let widths = heading.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(
                separator: "  ")
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}
