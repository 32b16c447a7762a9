import Foundation
import Tandem
import TandemDecoding
import Testing

@testable import TandemCLI

struct SpeculationReportTests {
    private var metrics: DecodingMetrics {
        var metrics = DecodingMetrics()
        metrics.answerTokenCount = 18
        metrics.roundCount = 10
        metrics.draftedCount = 24
        metrics.acceptedCount = 9
        metrics.draftedByPosition = [9, 8, 7]
        metrics.acceptedByPosition = [5, 3, 1]
        metrics.draftDuration = .milliseconds(20)
        metrics.readDuration = .milliseconds(900)
        metrics.verifyDuration = .milliseconds(500)
        return metrics
    }

    @Test func `the object has all keys, also those without a value`() throws {
        let report = SpeculationReport(metrics, drafting: .lookup(count: 3))
        let data = try JSONEncoder().encode(report)
        let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(json["mode"] as? String == "lookup" && json["rounds"] as? Int == 10)
        #expect(json["drafted"] as? Int == 24 && json["accepted"] as? Int == 9)
        #expect(json["accepted_per_position"] as? [Int] == [5, 3, 1])
        #expect(json["mean_acceptance_length"] as? Double == 1.9)
        #expect(json["draft_acceptance_rate"] as? Double == 0.375)
        #expect(json["draft_seconds"] as? Double == 0.02 && json["verify_seconds"] as? Double == 0.5)
        #expect(json["fallback"] is NSNull)
        #expect(json["length"] as? String == "3" && json["rule"] as? String == "exact")
        #expect(json["fidelity"] as? String == "sameText")
    }

    @Test func `the histogram counts every pass and every accepted token`() {
        let report = SpeculationReport(metrics, drafting: .lookup(count: 3))
        #expect(report.acceptanceHistogram == [5, 2, 2, 1])
        #expect(report.acceptanceHistogram.reduce(0, +) == report.rounds)
        #expect(report.acceptanceHistogram.enumerated().reduce(0) { $0 + $1.offset * $1.element } == report.accepted)
    }

    @Test func `people are told tokens per pass and what became of each position`() {
        let report = SpeculationReport(metrics, drafting: .lookup(count: 3))
        #expect(
            report.remark
                == "1.90 tokens per pass of the large model; 38 % of 24 drafted tokens kept (by position 56, 38, 14 %)")
        let none = SpeculationReport(DecodingMetrics(), drafting: .lookup(count: 3))
        #expect(none.remark == "1.00 tokens per pass of the large model; nothing was drafted")
    }

    @Test func `without the large model's token a pass yields what was accepted`() {
        let drafting = GenerationRequest.Drafting(.tandem, length: .fixed(3), rule: .acceptAll(freeToken: false))
        #expect(SpeculationReport(metrics, drafting: drafting).meanAcceptanceLength == 0.9)
    }

    @Test func `standing down is told of`() {
        var metrics = metrics
        metrics.draftedByPosition = [4, 1]
        let report = SpeculationReport(metrics, drafting: .tandem)
        #expect(report.fallback == "Nothing was drafted in 5 of 9 passes: it would not have paid.")
        #expect(report.remark.hasSuffix(report.fallback ?? "?"))
    }

    private func result(_ text: String, seconds: Double) -> GenerationResult {
        var metrics = DecodingMetrics()
        metrics.answerTokenCount = 11
        metrics.decodeDuration = .seconds(seconds)
        return GenerationResult(
            text: text, tokens: [],
            summary: GenerationSummary(finishReason: .tokenLimit, seed: 1, metrics: metrics))
    }

    @Test(arguments: [
        ("same", 1.0, "same", 1.7, "the same text, 1.7 times as fast"),
        ("same", 1.0, "same", 0.904, "the same text, 0.90 times as fast"),
        ("samE", 1.0, "same", 2.0, "another text, 2.0 times as fast"),
        ("same", 0.0, "same", 2.0, "the same text"),
    ])
    func `two answers are compared in a sentence`(
        drafted: String, seconds: Double, plain: String, plainSeconds: Double, sentence: String
    ) {
        let answer = result(drafted, seconds: seconds)
        let comparison = DraftComparison(shown: answer, turns: [(result(plain, seconds: plainSeconds), answer)])
        #expect(comparison.sentence == sentence)
        #expect(comparison.firstDifference == (drafted == plain ? nil : 3))
    }

    @Test func `of several turns the medians count, and one text that differs`() {
        let turns = [(1.0, 0.5), (9.0, 4.0), (2.0, 1.0)].map {
            (result("same", seconds: $0), result("same", seconds: $1))
        }
        let shown = result("same", seconds: 100)
        let comparison = DraftComparison(shown: shown, turns: turns)
        #expect(comparison.turnCount == 3 && comparison.plainSeconds == 2 && comparison.draftedSeconds == 1)
        #expect(comparison.sentence == "the same text, 2.0 times as fast")
        let odd = DraftComparison(
            shown: shown, turns: turns + [(result("same", seconds: 1), result("sane", seconds: 1))])
        #expect(!odd.isSameText && odd.firstDifference == 2)
    }
}
