import TandemMath
import TandemModels
import TandemTestSupport
import Testing

@testable import TandemDecoding

/// Rejection sampling, but with draws from the large model's law where those from the rest are due.
private struct CarelessRejection: VerificationRule {
    var fidelity: Fidelity { .lossy }
    var draftNoise: DraftNoise { .independent }
    var needsDraftLogits: Bool { true }

    func judge(_ draft: Draft, against reading: SpanReading, using sampler: inout Sampler) throws
        -> Verdict
    {
        let large = try sampler.probabilities(from: reading.row, of: reading.logits)
        let law = try draft.law(of: 0, sampler)
        var generator = sampler.generator
        if generator.nextUnit() * Double(law.probability(of: draft.tokens[0]))
            < Double(large[draft.tokens[0]])
        {
            return Verdict(acceptedCount: 1, next: 0)
        }
        let certain = DraftLaw(probabilities: [], columns: nil, token: 0)
        return Verdict(acceptedCount: 0, next: certain.drawBeyond(large, unit: generator.nextUnit()))
    }
}

struct RejectionSamplingTests {
    private static let large = Matrix(
        rows: 2, columns: 6, values: [1.2, 0.3, -0.4, 0.9, 0, 0.5, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    /// The drafter knows four of the six tokens, and errs about these.
    private static let tokens = [5, 0, 2, 3]
    private static let small = Matrix(rows: 1, columns: 4, values: [1.5, 0.2, 0.6, -0.8])

    /// How often each token comes first.
    private static func counts(_ rule: any VerificationRule, _ sampling: Sampling, draws: Int) throws
        -> [Int]
    {
        let columns = DraftColumns(try DraftVocabulary(tokens: tokens, vocabularyCount: 6))
        let reading = SpanReading(
            logits: large, row: 0, states: StateRows(hiddenStates: [:], rows: 0..<2, position: 0))
        var counts = [Int](repeating: 0, count: 6)
        for seed in 0..<draws {
            var sampler = try Sampler(sampling, seed: UInt64(seed), vocabularyCount: 6, prompt: [1])
            let column = try sampler.drafting(with: rule.draftNoise).chooseColumn(
                from: 0, of: small, columns: columns)
            var draft = Draft(tokens: [columns.token(at: column)], source: .tandem)
            draft.logits = DraftLogits(matrix: small, columns: columns)
            let verdict = try rule.judge(draft, against: reading, using: &sampler)
            counts[verdict.acceptedCount > 0 ? draft.tokens[0] : verdict.next] += 1
        }
        return counts
    }

    /// Σ (count − expected)² / expected over outcomes that can occur.
    private static func chiSquare(_ counts: [Int], _ law: [Float]) -> Double {
        let total = Double(counts.reduce(0, +))
        return zip(counts, law).reduce(0) { sum, pair in
            let expected = total * Double(pair.1)
            guard expected > 0 else { return pair.0 > 0 ? .infinity : sum }
            return sum + (Double(pair.0) - expected) * (Double(pair.0) - expected) / expected
        }
    }

    /// With 40,000 draws, a bias of 1 % in a token of probability 0.16 adds 25 to the statistic. Five degrees of freedom stay
    /// below 25.7 in all but one of 10,000 seeds; these seeds are fixed.
    @Test func `the law is the large model's, and a careless rule is found out`() throws {
        let samplings = [
            try Sampling(temperature: 1), try Sampling(temperature: 0.7, topK: 4, repetitionPenalty: 1.3),
        ]
        for sampling in samplings {
            let sampler = try Sampler(sampling, seed: 0, vocabularyCount: 6, prompt: [1])
            let law = try sampler.probabilities(from: 0, of: Self.large)
            let fair = Self.chiSquare(try Self.counts(RejectionSampling(), sampling, draws: 40_000), law)
            #expect(fair < 25.7)
            let careless = Self.chiSquare(
                try Self.counts(CarelessRejection(), sampling, draws: 40_000), law)
            #expect(careless > 100)
        }
    }

    /// Whole answers: the law of the second and third token together.
    @Test(arguments: [false, true], [false, true])
    func `drafted in a loop, pairs of tokens have the law that they have without drafts`(
        addsTokensOfText: Bool, goesByCosts: Bool
    ) throws {
        let target = ScriptedTarget(vocabularyCount: 4)
        let model = try ScriptedDraftModel(target, tokens: [3, 0, 1], error: 0.3, addsTokensOfText: addsTokensOfText)
        let sampling = try Sampling(temperature: 1.5)
        let stop = try StopCondition(maximumTokenCount: 4)
        var counts = [Int](repeating: 0, count: 16)
        var accepted = 0
        for seed in 0..<3_000 {
            let conversation = try Request(
                prompt: [1, 2], sampling: sampling, seed: UInt64(seed), stop: stop
            )
            .conversation(
                target,
                Speculation(
                    drafter: ScriptedModelDrafter(model),
                    blockLength: goesByCosts ? CostAware(maximum: 2) : FixedLength(2),
                    rule: RejectionSampling()))
            let tokens = try run([conversation], target)[0].tokens
            // Given the first token, the others' law is known; only answers that begin with 0 count.
            if tokens[0] == 0 { counts[tokens[1] * 4 + tokens[2]] += 1 }
            accepted += conversation.metrics.acceptedCount
        }
        #expect(accepted > 1_000)
        let sampler = try Sampler(sampling, seed: 0, vocabularyCount: 4)
        func law(_ text: [Int]) throws -> [Float] {
            try sampler.probabilities(
                from: 0, of: Matrix(rows: 1, columns: 4, values: target.logits(after: text)))
        }
        var joint: [Float] = []
        for (token, probability) in try law([1, 2, 0]).enumerated() {
            joint += try law([1, 2, 0, token]).map { probability * $0 }
        }
        #expect(counts.reduce(0, +) > 300)
        // Fifteen degrees of freedom: 44.3 in one of 10,000.
        #expect(Self.chiSquare(counts, joint) < 44.3)
    }

    @Test func `greedily, and for a look-up, it is a match`() throws {
        for seed in 1...3 as ClosedRange<UInt64> {
            let request = Request(seed: seed, stop: try StopCondition(maximumTokenCount: 30))
            let expected = try request.answer(ScriptedTarget())
            let target = ScriptedTarget()
            let model = try ScriptedDraftModel(target, tokens: Array(0..<20), error: 0.5)
            for drafter in [LookupDrafter(), ScriptedModelDrafter(model)] as [any Drafter] {
                let speculation = Speculation(
                    drafter: drafter, blockLength: FixedLength(3), rule: RejectionSampling())
                #expect(try request.answer(target, speculation) == expected)
            }
        }
    }
}
