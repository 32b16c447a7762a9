import TandemBenchmark
import TandemReport

extension GenerationBenchReport {
    /// The figures as a page.
    ///
    /// - Parameter command: What was typed, so that the reader can do it again.
    func page(command: String) -> Report {
        var report = Report(title: "Drafting beside plain decoding: \(setting.model)")
        report.add(.facts(facts))
        let reference = arms.first?.name ?? "plain"
        report.add(.heading("Times as fast as \(reference)"))
        report.add(.barChart(ratioChart))
        report.add(.table(ratioTable))
        report.add(
            .paragraph(
                "Medians over \(setting.repetitions) repetitions in which all arms took turns on each prompt, with the lowest "
                    + "and the highest; the mean is that of the kinds. Speed is \(measure)."))
        report.add(.heading("Tokens a second"))
        report.add(.table(speedTable))
        let drafting = arms.filter { !$0.acceptanceByPosition.isEmpty }
        if !drafting.isEmpty {
            report.add(.heading("What became of the drafts"))
            report.add(
                .lineChart(
                    LineChart(
                        "Share of drafted tokens that stood, by their position in the draft", x: ChartAxis("position"),
                        y: ChartAxis("%", range: 0...100),
                        series: drafting.map { arm in
                            .init(
                                arm.name,
                                arm.acceptanceByPosition.enumerated().map { .init(x: Double($0 + 1), y: 100 * $1) })
                        })))
            report.add(.table(draftTable))
        }
        report.add(.heading("Are the texts the same?"))
        report.add(.paragraph(textsParagraph))
        report.add(.paragraph(remark))
        report.add(.heading("The command"))
        report.add(.code(command))
        return report
    }

    private var facts: FactList {
        var facts = FactList()
        facts.add("model", setting.model)
        facts.add("threads", "\(setting.threads)")
        facts.add("sampling", setting.temperature < 1e-4 ? "greedy" : "temperature \(setting.temperature)")
        facts.add("answers", "up to \(setting.maxTokens) tokens")
        facts.add("prompts", "\(setting.prompts) of \(kinds.count) kinds, \(setting.conversations) at once")
        facts.add("repetitions", "\(setting.repetitions)")
        if let peer = setting.peer { facts.add("peer", peer) }
        return facts
    }

    private var ratioChart: BarChart {
        let bar = { (figure: Figure) -> BarChart.Bar? in
            guard let median = figure.median else { return nil }
            return .init(median, from: figure.lowest ?? median, to: figure.highest ?? median)
        }
        return BarChart(
            "By kind of prompt", y: ChartAxis("×"), series: arms.map(\.name),
            groups: kinds.indices.map { index in .init(kinds[index], arms.map { bar($0.kinds[index].ratio) }) } + [
                .init("mean", arms.map { bar($0.ratio) })
            ], reference: 1)
    }

    private var ratioTable: ReportTable {
        var table = ReportTable(
            columns: [.text("arm")] + kinds.map { .number($0) } + [.number("mean"), .text("range"), .text("texts")])
        for arm in arms {
            table.add(
                row: [arm.name + (arm.ratio.isTrusted ? "" : " !")] + arm.kinds.map { Self.ratio($0.ratio.median) } + [
                    Self.ratio(arm.ratio.median),
                    "\(Self.ratio(arm.ratio.lowest)) to \(Self.ratio(arm.ratio.highest))", arm.texts,
                ])
        }
        return table
    }

    private var speedTable: ReportTable {
        var table = ReportTable(columns: [.text("arm")] + kinds.map { .number($0) })
        for arm in arms {
            table.add(row: [arm.name] + arm.kinds.map { TandemReport.Figure.text($0.tokensPerSecond.median) })
        }
        return table
    }

    private var draftTable: ReportTable {
        var table = ReportTable(
            columns: [
                .text("arm"), .number("tokens per pass"), .number("kept"), .text("kept by position"),
                .number("time in the drafter"),
            ])
        for arm in arms where !arm.acceptanceByPosition.isEmpty {
            let positions = arm.acceptanceByPosition.map { TandemReport.Figure.percentage($0) }
            table.add(
                arm.name, Self.ratio(arm.tokensPerPass), TandemReport.Figure.percentage(arm.acceptanceRate),
                positions.joined(separator: ", "), TandemReport.Figure.percentage(arm.draftShare))
        }
        return table
    }

    private var textsParagraph: String {
        let promised = arms.filter { $0.promise == .sameText }
        let count = promised.reduce(0) { $0 + $1.textsCompared }
        guard differences.isEmpty else {
            return "No: \(differences.count) of \(count) texts that should be the same differ.\n"
                + differences.map { "\($0.arm), \($0.kind), \($0.prompt): from token \($0.token) on" }
                .joined(separator: "\n")
        }
        return
            "Yes: all \(count) texts of \(promised.map(\.name).joined(separator: ", ")) are the same, token by token."
    }
}
