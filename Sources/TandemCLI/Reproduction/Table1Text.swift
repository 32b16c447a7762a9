import Foundation
import TandemReport
import TandemTraining

/// Tables of a reproduction of table 1, for the terminal, Markdown and the page.
struct Table1Text {
    private let result: Table1Result

    init(_ result: Table1Result) { self.result = result }

    /// For the terminal.
    var text: String {
        result.tests.map { test in
            let figures = Self.figures(result, on: test)
            return "\(test): \(figures.caption)\n\n" + figures.markdown + "\n"
                + Self.claims(result, on: test).markdown
        }.joined(separator: "\n")
    }

    /// The table itself, the paper's numbers below ours.
    static func figures(_ result: Table1Result, on test: String) -> ReportTable {
        var table = ReportTable(
            caption(result, on: test),
            columns: [
                .text("model"), .number("accuracy, %"), .number("cross entropy"), .number("agreement, %"),
                .number("TV distance"),
            ])
        for arm in Table1Arm.allCases {
            func cell(_ figure: KeyPath<Table1Arm.Figures, Double>, scale: Double, decimals: Int) -> String {
                result.spread(of: figure, arm: arm, on: test).map {
                    spread($0, scale: scale, decimals: decimals)
                } ?? ""
            }
            table.add(
                arm.title, cell(\.accuracy, scale: 100, decimals: 2), cell(\.crossEntropy, scale: 1, decimals: 3),
                cell(\.agreement, scale: 100, decimals: 2), cell(\.variation, scale: 1, decimals: 3))
        }
        if let large = result.runs.first?.evaluations[test]?.large {
            table.add(
                "the large model itself", String(format: "%.2f", 100 * large.accuracy.value),
                String(format: "%.3f", result.largeCrossEntropy(on: test) ?? large.crossEntropy.value), "100", "0")
        }
        for arm in Table1Arm.allCases {
            table.add(
                "paper: \(arm.title)", String(format: "%.2f", 100 * arm.paper.accuracy),
                String(format: "%.2f", arm.paper.crossEntropy), String(format: "%.2f", 100 * arm.paper.agreement),
                String(format: "%.3f", arm.paper.variation))
        }
        return table
    }

    /// What the figures are, and over how many tokens cross entropies are.
    private static func caption(_ result: Table1Result, on test: String) -> String {
        let seeds = result.settings.seeds.count > 1 ? "means over seeds, with the least and the greatest" : "one seed"
        guard let excluded = result.excludedShare(on: test), excluded > 0,
            let large = result.runs.first?.evaluations[test]?.large
        else { return seeds }
        return seeds
            + String(
                format:
                    "; cross entropy, the large model's too, leaves out the %.1f %% of tokens that cannot be drafted "
                    + "(over all tokens the large model's is %.3f)", 100 * excluded, large.crossEntropy.value)
    }

    /// The paper's order, and by how much it holds here.
    static func claims(_ result: Table1Result, on test: String) -> ReportTable {
        var table = ReportTable(
            "the paper's order",
            columns: [.text("statement"), .number("by"), .number("in the paper"), .text("verdict")])
        for claim in result.claims(on: test) {
            let verdict =
                !claim.holds
                ? "does not hold"
                : result.settings.seeds.count < 2
                    ? "holds (one seed)"
                    : claim.isOutsideSpread ? "holds, outside the spread" : "holds, within the spread"
            table.add(
                claim.statement, spread(claim.margin, scale: 1, decimals: 4),
                String(format: "%.4f", claim.paperMargin), verdict)
        }
        if let gain = gain(result, on: test) {
            let paper = paperGain
            table.add(
                "Aim: accuracy above the small model alone by as much as in the paper",
                String(format: "%.4f", gain.accuracy), String(format: "%.4f", paper.accuracy),
                gain.accuracy >= paper.accuracy ? "reached" : "missed")
            table.add(
                "Aim: Tandem-Distil's TV distance over the distilled small model's at most a half",
                String(format: "%.3f", gain.variationRatio), String(format: "%.3f", paper.variationRatio),
                gain.variationRatio <= 0.5 ? "reached" : "missed")
        }
        return table
    }

    /// What memory brings in the paper.
    static var paperGain: (accuracy: Double, variationRatio: Double) {
        (
            Table1Arm.tandem.paper.accuracy - Table1Arm.small.paper.accuracy,
            Table1Arm.tandemDistilled.paper.variation / Table1Arm.smallDistilled.paper.variation
        )
    }

    private static func gain(
        _ result: Table1Result, on test: String
    ) -> (accuracy: Double, variationRatio: Double)? {
        guard let small = result.spread(of: \.accuracy, arm: .small, on: test),
            let tandem = result.spread(of: \.accuracy, arm: .tandem, on: test),
            let distilled = result.spread(of: \.variation, arm: .smallDistilled, on: test),
            let tandemDistilled = result.spread(of: \.variation, arm: .tandemDistilled, on: test), distilled.mean > 0
        else { return nil }
        return (tandem.mean - small.mean, tandemDistilled.mean / distilled.mean)
    }

    /// What the models would bring in greedy speculative decoding.
    static func rounds(_ result: Table1Result, on test: String) -> ReportTable {
        let lengths = Array(1...result.settings.evaluatedBlockLength)
        let documents = result.runs.first?.evaluations[test].map {
            "; over the \($0.greedyDocumentCount) of \($0.documentCount) documents that the large model gives greedily"
        }
        var table = ReportTable(
            "tokens per round of greedy speculative decoding, by drafted tokens" + (documents ?? ""),
            columns: [.text("model")] + lengths.map { .number("\($0)") })
        for arm in Table1Arm.allCases {
            let runs = result.runs.filter { $0.arm == arm }.compactMap { $0.evaluations[test]?.rounds }
            guard !runs.isEmpty else { continue }
            let cells = lengths.map { length in
                let numbers = runs.compactMap { rounds in
                    rounds.first { $0.blockLength == length }?.tokensPerRound.value
                }
                return numbers.isEmpty
                    ? "–" : String(format: "%.3f", numbers.reduce(0, +) / Double(numbers.count))
            }
            table.add(row: [arm.title] + cells)
        }
        return table
    }

    /// A mean, with the range over seeds if there are several.
    private static func spread(_ spread: Table1Result.Spread, scale: Double, decimals: Int) -> String {
        let mean = String(format: "%.\(decimals)f", scale * spread.mean)
        guard spread.lowest < spread.highest else { return mean }
        return mean
            + String(format: " (%.\(decimals)f…%.\(decimals)f)", scale * spread.lowest, scale * spread.highest)
    }
}
