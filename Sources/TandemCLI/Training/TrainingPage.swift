import Foundation
import TandemMath
import TandemModels
import TandemCheckpoint
import TandemReport
import TandemTraining

/// A run's report: how it went, in curves, and with which settings.
struct TrainingPage {
    let title: String
    let trainer: Trainer
    let record: RunRecord
    let lines: [(step: Int, values: [String: Double])]

    /// Writes the page; it replaces the last one when it is whole.
    func write(to path: String) throws {
        let file = try ReplacementFile(path: path)
        try file.write(Array(report.html.utf8))
        try file.commit()
    }

    var report: Report {
        var report = Report(title: title)
        report.add(.facts(facts))
        report.add(
            .lineChart(
                chart("Loss", y: "nats a token", [("loss", "training"), ("heldout_loss", "held out")])))
        report.add(
            .lineChart(
                chart(
                    "Tokens that are right", y: "share",
                    [
                        ("accuracy", "next token, training"), ("heldout_accuracy", "next token, held out"),
                        ("agreement", "the large model's, training"),
                        ("heldout_agreement", "the large model's, held out"),
                    ])))
        report.add(
            .lineChart(chart("Distance to the large model", y: "total variation", [("heldout_variation", "held out")])))
        if let tokens = lines.compactMap({ $0.values["heldout_draft_tokens"] }).last {
            let extent = "on \(Int(tokens)) held-out tokens"
            if lines.contains(where: { $0.values["heldout_tokens_per_round_2"] != nil }) {
                report.add(
                    .lineChart(
                        chart(
                            "Drafting: tokens per round, \(extent), greedy answers alone", y: "tokens",
                            [2, 3, 5, 8].map { ("heldout_tokens_per_round_\($0)", "\($0) drafted") })))
            }
            report.add(
                .lineChart(
                    chart(
                        "Drafting: the large model's token at a place in a block, \(extent)", y: "share",
                        [1, 2, 3, 5, 8].map { ("heldout_place_\($0)", "place \($0)") })))
        }
        report.add(.lineChart(chart("Learning rate", y: "rate", [("rate", "rate")])))
        report.add(.lineChart(chart("Norm of the gradient", y: "norm", [("gradient_norm", "before clipping")])))
        if let measured = lines.last(where: { $0.values["heldout_loss"] != nil }) {
            var table = ReportTable(
                "Held-out text after step \(measured.step)", columns: [.text("what"), .number("figure")])
            for (name, value) in measured.values.sorted(by: { $0.key < $1.key }) {
                table.add(name.replacingOccurrences(of: "heldout_", with: ""), String(format: "%.4f", value))
            }
            report.add(.table(table))
        }
        report.add(.heading("How to do it again"))
        report.add(.code(record.command.joined(separator: " ")))
        return report
    }

    private var facts: FactList {
        let settings = trainer.settings
        let configuration = trainer.configuration
        let tokens = lines.reduce(0) { $0 + ($1.values["tokens"] ?? 0) }
        let seconds = lines.reduce(0) { $0 + ($1.values["seconds"] ?? 0) }
        var facts = FactList()
        facts.add("Steps", "\(trainer.step) of \(settings.stepCount)")
        facts.add("Weights that are trained", "\(trainer.parameterCount)")
        facts.add(
            "Small model",
            "\(configuration.small.layerCount.counted("layer")) of \(configuration.small.width), "
                + "\(configuration.draftVocabulary.count) draft tokens")
        facts.add("Tokens read", String(format: "%.0f", tokens))
        if seconds > 0 { facts.add("Tokens a second", String(format: "%.0f", tokens / seconds)) }
        facts.add("Hidden states", settings.states == .stored ? "stored" : "recomputed")
        facts.add("Processes", "\(record.rankCount)")
        if let rounding = settings.rounding { facts.add("Weights in passes", "rounded to \(rounding.rawValue)") }
        facts.add("Seed", "\(settings.plan.seed)")
        facts.add("Begun", record.startTime)
        for (name, value) in record.machine.sorted(by: { $0.key < $1.key }) { facts.add(name.capitalized, value) }
        return facts
    }

    private func chart(_ title: String, y: String, _ names: [(key: String, name: String)]) -> LineChart {
        LineChart(
            title, x: ChartAxis("steps"), y: ChartAxis(y),
            series: names.compactMap { key, name in
                let points = lines.compactMap { line in
                    line.values[key].map { LineChart.Point(x: Double(line.step), y: $0) }
                }
                return points.isEmpty ? nil : .init(name, points)
            })
    }
}
