import TandemCheckpoint

extension EngineReport {
    /// For a page among the results.
    var markdown: String {
        var text = """
            # The engine beside llama.cpp

                \(command)

            - Machine: \(machine.text)
            - Peer: \(peer), built for this machine, \(threads) threads as we have
            - Model: \(model)
            - Both engines in turns, \(repetitions) repetitions, medians; ratios are those of each repetition

            \(Self.legend)

            """
        for table in tables {
            text += "\n## \(table.format), \(table.weightBytes / 1_000_000) MB of weights\n\n"
            text += Self.row(Self.heading)
            text += Self.row(["---", "---", "---:", "---:", "---:", "---:", "---:"])
            for line in table.lines { text += Self.row(Self.cells(line)) }
            text += "\n" + table.trust + "\n"
            let missed = table.lines.filter { $0.verdict == .miss || $0.verdict == .must && $0.goal?.must == nil }
            if !missed.isEmpty {
                text += "\nWhat limits the lines that fall short:\n\n"
                for line in missed { text += "- \(line.title): \(line.note ?? "")".trimmed + "\n" }
            }
        }
        return text
    }

    private static func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
}

extension String {
    /// Without spaces at the end.
    fileprivate var trimmed: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
