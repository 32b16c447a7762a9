import TandemReport

extension GenerationBenchReport {
    /// What was run, in a line.
    var headline: String {
        var parts = [
            setting.model, "\(setting.threads) threads",
            setting.temperature < 1e-4 ? "greedy" : "temperature \(setting.temperature)",
            "up to \(setting.maxTokens) tokens",
            "\(setting.prompts) prompts", "\(setting.repetitions) repetitions",
        ]
        if setting.conversations > 1 { parts.append("\(setting.conversations) conversations at once") }
        if let peer = setting.peer { parts.append(peer) }
        return parts.joined(separator: ", ")
    }

    /// What the speeds are.
    var measure: String {
        setting.conversations > 1
            ? "tokens a second of all conversations together, prompts included"
            : "tokens a second from the first token to the last"
    }

    /// Tables for a terminal.
    var text: String {
        var ratios = TextTable(
            [("", .left), ("arm", .left)] + kinds.map { ($0, .right) }
                + [("mean", .right), ("range", .left), ("tokens/pass", .right), ("kept", .right), ("texts", .left)])
        var speeds = TextTable([("", .left), ("arm", .left)] + kinds.map { ($0, .right) })
        for arm in arms {
            ratios.add(
                row: [arm.ratio.isTrusted ? "" : "!", arm.name]
                    + arm.kinds.map { Self.ratio($0.ratio.median) } + [
                        Self.ratio(arm.ratio.median),
                        "\(Self.ratio(arm.ratio.lowest)) to \(Self.ratio(arm.ratio.highest))",
                        Self.ratio(arm.tokensPerPass), TandemReport.Figure.percentage(arm.acceptanceRate), arm.texts,
                    ])
            speeds.add(
                row: [arm.kinds.allSatisfy(\.tokensPerSecond.isTrusted) ? "" : "!", arm.name]
                    + arm.kinds.map { TandemReport.Figure.text($0.tokensPerSecond.median) })
        }
        return """
            \(headline)

            times as fast as \(arms.first?.name ?? "plain")
            \(ratios.text)
            \(measure)
            \(speeds.text)
            \(differenceText)\(remark)
            """
    }

    /// Texts that should have been the same.
    private var differenceText: String {
        guard !differences.isEmpty else { return "" }
        let lines = differences.prefix(20).map {
            "DIFFERENT: \($0.arm), \($0.kind), \($0.prompt), from token \($0.token) on\n"
        }
        return lines.joined()
            + (differences.count > 20 ? "… and \(differences.count - 20) more\n" : "")
    }

    /// What others did meanwhile.
    var remark: String {
        guard let othersCores else {
            return "How much others used of the machine meanwhile is unknown on this system.\n"
        }
        let used = "others kept \(TandemReport.Figure.text(othersCores, decimals: 2)) cores busy meanwhile"
        return used
            + (isTrusted
                ? "\n" : "; \(Self.disturbed)\n")
    }

    /// A line for each arm and kind, and one for its mean.
    var csv: String {
        func field(_ text: String) -> String { "\"" + text.replacing("\"", with: "\"\"") + "\"" }
        func number(_ value: Double?) -> String { value.map { String($0) } ?? "" }
        var text = "arm,kind,tokens_per_second,ratio,ratio_lowest,ratio_highest,tokens_per_pass,acceptance_rate,"
        text += "trusted,texts_compared,texts_same\n"
        for arm in arms {
            for cell in arm.kinds {
                text += [
                    field(arm.name), field(cell.kind), number(cell.tokensPerSecond.median), number(cell.ratio.median),
                    number(cell.ratio.lowest), number(cell.ratio.highest), number(cell.tokensPerPass),
                    number(cell.acceptanceRate), "\(cell.ratio.isTrusted)", "", "",
                ].joined(separator: ",")
                text += "\n"
            }
            text += [
                field(arm.name), field("mean"), "", number(arm.ratio.median), number(arm.ratio.lowest),
                number(arm.ratio.highest), number(arm.tokensPerPass), number(arm.acceptanceRate),
                "\(arm.ratio.isTrusted)", "\(arm.textsCompared)", "\(arm.textsSame)",
            ].joined(separator: ",")
            text += "\n"
        }
        return text
    }

    static func ratio(_ value: Double?) -> String { TandemReport.Figure.text(value, decimals: 2) }
}
