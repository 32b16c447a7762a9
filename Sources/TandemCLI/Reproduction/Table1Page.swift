import Foundation
import TandemModels
import TandemReport
import TandemTraining

/// A reproduction of table 1 beside the paper's numbers: Markdown, and a page with curves.
struct Table1Page {
    private let result: Table1Result
    private let command: [String]

    init(_ result: Table1Result, command: [String]) {
        self.result = result
        self.command = command
    }

    private static let title = "Table 1 of Tandem Transformers, in kind"

    /// The page.
    var report: Report {
        var report = Report(title: Self.title)
        report.add(.facts(facts))
        for test in result.tests {
            report.add(.heading(test))
            report.add(.table(Table1Text.figures(result, on: test)))
            report.add(.table(Table1Text.claims(result, on: test)))
            report.add(.table(Table1Text.rounds(result, on: test)))
        }
        report.add(.heading("Learning curves"))
        report.add(.paragraph("On held-out text, each seed a line."))
        report.add(.lineChart(chart("Next tokens that are right", y: "share", \.accuracy)))
        report.add(.lineChart(chart("Cross entropy", y: "nats", \.crossEntropy)))
        report.add(.heading("How to do it again"))
        report.add(.code(command.joined(separator: " ")))
        return report
    }

    /// The same for a repository: tables and the curves' points.
    var markdown: String {
        var text = "# \(Self.title)\n\n"
        text += facts.facts.map { "- \($0.name): \($0.value)" }.joined(separator: "\n") + "\n\n"
        text += "    " + command.joined(separator: " ") + "\n"
        for test in result.tests {
            for table in [
                Table1Text.figures(result, on: test), Table1Text.claims(result, on: test),
                Table1Text.rounds(result, on: test),
            ] { text += "\n**\(test): \(table.caption)**\n\n" + table.markdown }
        }
        return text + "\n**Held-out accuracy by step, in percent**\n\n" + curves.markdown
    }

    private var facts: FactList {
        let settings = result.settings
        var facts = FactList()
        facts.add("Large model", result.largeModel)
        facts.add("Data", result.data)
        let blocks =
            switch settings.blocks {
            case .whole: "whole sequences"
            case .fixed(let length): "blocks of \(length)"
            case .drawn(let minimum, let maximum): "blocks of \(minimum) to \(maximum), drawn"
            }
        facts.add(
            "Runs",
            "\(settings.seeds.count) of each model, \(settings.stepCount) steps of \(settings.stepTokenCount) tokens, \(blocks)"
        )
        facts.add(
            "Small models",
            "\(settings.layerCount.counted("layer")), "
                + (settings.startsWarm ? "copied from the large model" : "random at first") + ", "
                + (settings.draftVocabularyCount.map { "head over \($0) tokens" } ?? "head over all tokens"))
        let parameters = Table1Arm.allCases.compactMap { arm in
            result.runs.first { $0.arm == arm }.map { "\(arm.title) \($0.parameterCount)" }
        }
        facts.add("Trained weights", parameters.joined(separator: ", "))
        facts.add(
            "Distilled models",
            "learn the data alone for the first \(Int(100 * settings.firstStage)) % of the steps, then "
                + "\(settings.dataShare) of it and \(1 - settings.dataShare) of the large model's distribution")
        facts.add("Figures", "means over the first \(settings.tablePlaceCount) places of a block")
        return facts
    }

    private func chart(
        _ title: String, y: String, _ value: KeyPath<Table1Result.CurvePoint, Double>
    ) -> LineChart {
        LineChart(
            title, x: ChartAxis("steps"), y: ChartAxis(y),
            series: result.runs.map { run in
                LineChart.Series(
                    result.settings.seeds.count > 1 ? "\(run.arm.title), seed \(run.seed)" : run.arm.title,
                    run.curve.map { LineChart.Point(x: Double($0.step), y: $0[keyPath: value]) })
            })
    }

    private var curves: ReportTable {
        var table = ReportTable(columns: [.number("step")] + Table1Arm.allCases.map { .number($0.title) })
        for step in Set(result.runs.flatMap { $0.curve.map(\.step) }).sorted() {
            let cells = Table1Arm.allCases.map { arm in
                let points = result.runs.filter { $0.arm == arm }.compactMap { run in
                    run.curve.last { $0.step == step }?.accuracy
                }
                return points.isEmpty
                    ? "" : String(format: "%.2f", 100 * points.reduce(0, +) / Double(points.count))
            }
            table.add(row: ["\(step)"] + cells)
        }
        return table
    }
}
