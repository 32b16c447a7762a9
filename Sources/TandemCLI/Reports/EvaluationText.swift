import Foundation
import TandemTraining

/// What an evaluation found, as tables for people.
struct EvaluationText {
    private let report: EvaluationReport

    init(_ report: EvaluationReport) { self.report = report }

    var text: String {
        var text = "\(report.tokenCount) tokens of \(report.documentCount) documents\n\n"
        text += places + crossEntropy + "\n" + rounds + "\n" + coverage
        return text
    }

    /// By place in a block.
    private var places: String {
        var table = TextTable([
            ("place", .right), ("right", .right), ("", .left), ("agrees", .right), ("else second", .right),
            ("overlap", .right), ("TV", .right), ("shared noise", .right), ("cross entropy", .right),
        ])
        for (place, prediction) in report.positions.enumerated() { add(prediction, as: "\(place + 1)", to: &table) }
        add(report.overall, as: "all", to: &table)
        table.add(
            "large", Self.share(report.large.accuracy), Self.bar(report.large.accuracy.value), "", "", "", "", "",
            Self.number(report.overall.largeCrossEntropy ?? report.large.crossEntropy, decimals: 3))
        return table.text
    }

    /// Over how many tokens cross entropies are, if not over all.
    private var crossEntropy: String {
        let covered = report.coverage.vocabulary
        guard covered.value < 1 else { return "" }
        let excluded = Estimate(value: 1 - covered.value, error: covered.error)
        return "cross entropy, the large model's too, leaves out the \(Self.share(excluded)) of tokens that cannot be "
            + "drafted; over all tokens the large model's is \(Self.number(report.large.crossEntropy, decimals: 3))\n"
    }

    private func add(_ prediction: EvaluationReport.Prediction, as name: String, to table: inout TextTable) {
        table.add(
            name, Self.share(prediction.accuracy), Self.bar(prediction.accuracy.value),
            Self.share(prediction.agreement), prediction.secondChoice.map(Self.share) ?? "",
            Self.number(prediction.overlap, decimals: 3),
            Self.number(prediction.variation, decimals: 3), prediction.coupled.map(Self.share) ?? "",
            prediction.crossEntropy.map { Self.number($0, decimals: 3) } ?? "")
    }

    /// By block length.
    private var rounds: String {
        guard !report.rounds.isEmpty else {
            return
                "tokens per round: –, since the large model gives none of the documents greedily: somewhere in each its "
                + "most probable token is another\n"
        }
        var table = TextTable([
            ("block", .right), ("tokens per round", .right), ("", .left), ("kept of each round: 0, 1, …", .left),
        ])
        let longest = report.rounds.map(\.tokensPerRound.value).max() ?? 1
        for rounds in report.rounds {
            let shares = rounds.kept.map { String(format: "%.0f", 100 * Double($0) / Double(rounds.count)) }
            table.add(
                "\(rounds.blockLength)", Self.number(rounds.tokensPerRound, decimals: 3),
                Self.bar(rounds.tokensPerRound.value / longest), shares.joined(separator: " ") + " %")
        }
        return table.text
            + "over the \(report.greedyDocumentCount) of \(report.documentCount) documents that the large model gives "
            + "greedily\n"
    }

    private var coverage: String {
        let coverage = report.coverage
        return "can be drafted: \(Self.share(coverage.vocabulary)) by the draft vocabulary, "
            + "\(Self.share(coverage.withPrompt)) with the prompt's tokens, \(Self.share(coverage.withAnswer)) with all "
            + "tokens before\n"
    }

    /// For example `38.1 ± 0.4 %`.
    static func share(_ estimate: Estimate) -> String {
        let error = estimate.error.map { String(format: " ± %.1f", 100 * $0) } ?? ""
        return String(format: "%.1f", 100 * estimate.value) + error + " %"
    }

    /// For example `0.141 ± 0.002`.
    static func number(_ estimate: Estimate, decimals: Int) -> String {
        let error = estimate.error.map { String(format: " ± %.\(decimals)f", $0) } ?? ""
        return String(format: "%.\(decimals)f", estimate.value) + error
    }

    /// A bar of at most sixteen characters.
    static func bar(_ share: Double) -> String {
        let eighths = Int((min(1, max(0, share)) * 128).rounded())
        let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
        return String(repeating: "█", count: eighths / 8) + partial
    }
}
