import TandemCheckpoint
import Testing

@testable import TandemCLI

/// What a run says of itself in the end.
struct TrainingResultTests {
    private var measured: [String: Double] {
        [
            "final_documents": 100, "final_greedy_documents": 52, "final_tokens": 9_000, "final_places": 8,
            "final_accuracy": 0.489, "final_accuracy_error": 0.006, "final_agreement": 0.558,
            "final_agreement_error": 0.005,
            "final_variation": 0.465, "final_variation_error": 0.004, "final_tokens_per_round_5": 1.67,
            "final_tokens_per_round_5_error": 0.03,
        ]
    }

    private func result(_ measured: [String: Double]) -> TrainingResult {
        TrainingResult(
            model: "m", bundle: "b", steps: 1, parameters: 2, tokensPerSecond: nil, seconds: 3, loss: 2.4,
            accuracy: 0.4, crossEntropy: 3, agreement: 0.5, variation: 0.4, tokensPerRound: 1.71,
            drafts: DraftFigures(measured))
    }

    @Test func `figures of the end come with their errors and what they rest on`() {
        let result = result(measured)
        #expect(
            result.figures.map(\.value) == [
                "2.400", "9000 tokens of 100 held-out documents, in blocks of 8", "48.9 ± 0.6 %", "55.8 ± 0.5 %",
                "0.465 ± 0.004", "1.67 ± 0.03",
            ])
        #expect(result.figures.last?.name.contains("52 documents") == true)
        #expect(result.text.contains("1.67 ± 0.03 tokens per round of 5"))
    }

    @Test func `without greedy answers nothing is said of rounds, and without a measurement the curves' figures stay`()
    {
        let drawn = result(measured.filter { !$0.key.contains("tokens_per_round") })
        #expect(drawn.figures.count == 5 && !drawn.text.contains("per round"))
        let old = result([:])
        #expect(old.figures.map(\.value) == ["2.400", "40.0 %", "50.0 %", "0.400", "1.7"])
        #expect(old.figures.last?.name.contains("few") == true)
    }
}
