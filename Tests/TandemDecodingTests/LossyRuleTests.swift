import TandemMath
import TandemTestSupport
import Testing

@testable import TandemDecoding

/// Rules that change the text: each is what it says.
struct LossyRuleTests {
    /// What the small model says by itself, with the large one's token after each block or without: the plainest program.
    private static func standAlone(
        _ request: Request, _ target: ScriptedTarget, _ model: ScriptedDraftModel, length: Int,
        freeToken: Bool, count: Int
    ) throws -> [Int] {
        var sampler = try Sampler(
            request.sampling, seed: request.seed, vocabularyCount: target.vocabularyCount,
            prompt: request.prompt)
        var text = request.prompt
        func large() throws -> Int {
            try sampler.choose(
                from: 0,
                of: Matrix(rows: 1, columns: target.vocabularyCount, values: target.logits(after: text)))
        }
        func small() throws -> Int {
            let logits = model.logits(after: text)
            return model.headColumns.token(
                at: try sampler.chooseColumn(
                    from: 0, of: Matrix(rows: 1, columns: logits.count, values: logits),
                    columns: model.headColumns))
        }
        func say(_ token: Int) {
            text.append(token)
            sampler.accept(token)
        }
        if freeToken { say(try large()) }
        while text.count < request.prompt.count + count {
            // A block is never longer than what is left; with the free token, that token has its place.
            let left = request.prompt.count + count - text.count - (freeToken ? 1 : 0)
            for _ in 0..<min(length, left) { say(try small()) }
            if freeToken { say(try large()) }
        }
        return Array(text.dropFirst(request.prompt.count))
    }

    @Test(arguments: [true, false], [1, 3, 4])
    func `accepting all, the small model speaks`(freeToken: Bool, length: Int) throws {
        for (index, sampling) in Sampling.kinds.enumerated() {
            let request = Request(
                sampling: sampling, seed: UInt64(index), stop: try StopCondition(maximumTokenCount: 21),
                topLogProbabilityCount: index == 2 ? 1 : nil)
            let target = ScriptedTarget()
            let model = try ScriptedDraftModel(
                target, tokens: [3, 5, 8, 0, 1, 2, 20, 22, 11], error: 0.8)
            let keeper = StateKeeper([0])
            let speculation = Speculation(
                drafter: Both(drafter: ScriptedModelDrafter(model), keeper: keeper),
                blockLength: FixedLength(length),
                rule: AcceptAll(takesFreeToken: freeToken))
            let conversation = try request.conversation(target, speculation)
            let answer = try run([conversation], target)[0]
            #expect(
                try answer.tokens
                    == Self.standAlone(
                        request, target, model, length: length, freeToken: freeToken, count: 21))
            #expect(answer.tokens.count == 21 && answer.finish == .tokenLimit)
            #expect(conversation.metrics.acceptedCount == conversation.metrics.draftedCount)
            #expect(answer.logProbabilities.count == (index == 2 ? 21 : 0))
            #expect(target.openCount == 0)
        }
    }

    /// Drafts with one, checks states with the other.
    private struct Both: Drafter {
        let drafter: ScriptedModelDrafter
        let keeper: StateKeeper

        var capturedStates: Set<Int> { keeper.capturedStates }
        func confirm(_ tokens: [Int]) {
            drafter.confirm(tokens)
            keeper.confirm(tokens)
        }
        func absorb(_ states: StateRows) { keeper.absorb(states) }
        func draft(_ request: DraftRequest) -> Proposal {
            _ = keeper.draft(request)
            return drafter.draft(request)
        }
    }

    private func tokens(_ rule: any VerificationRule, _ request: Request) throws -> [Int] {
        let target = ScriptedTarget()
        let model = try ScriptedDraftModel(target, tokens: Array(0..<18), error: 0.4)
        let speculation = Speculation(
            drafter: ScriptedModelDrafter(model), blockLength: FixedLength(3), rule: rule)
        return try request.answer(target, speculation).tokens
    }

    @Test func `a fuzzy match lies between an exact one and none`() throws {
        for sampling in Sampling.kinds {
            let request = Request(sampling: sampling, stop: try StopCondition(maximumTokenCount: 40))
            for divergence in Divergence.allCases {
                for topCount in [nil, 5] as [Int?] {
                    let strict = FuzzyMatch(divergence, threshold: -1, topCount: topCount)
                    #expect(try tokens(strict, request) == request.answer(ScriptedTarget()).tokens)
                    let lenient = FuzzyMatch(divergence, threshold: .infinity, topCount: topCount)
                    #expect(try tokens(lenient, request) == tokens(AcceptAll(), request))
                }
            }
            // What has no law must match.
            let lookup = Speculation(
                drafter: LookupDrafter(), blockLength: FixedLength(3),
                rule: FuzzyMatch(threshold: .infinity))
            #expect(try request.answer(ScriptedTarget(), lookup) == request.answer(ScriptedTarget()))
        }
    }

    @Test func `divergences are those of the textbook, and of the paper's code`() {
        let (p, q): ([Float], [Float]) = ([0.5, 0.5, 0], [0.25, 0.25, 0.5])
        func near(_ divergence: Divergence, _ value: Double) {
            #expect(abs(divergence.between(p, q) - value) < 1e-5, "\(divergence)")
            #expect(divergence.between(p, p) == 0)
        }
        near(.totalVariation, 0.5)
        near(.kullbackLeibler, 0.6931472)
        // m = (3/8, 3/8, 1/4): ½ ln(4/3) + ½ (½ ln(2/3) + ½ ln 2)
        near(.jensenShannon, 0.5 * 0.2876821 + 0.5 * (0.5 * -0.4054651 + 0.5 * 0.6931472))
        // ½ (¾ ln(¾) + ¼ ln(¼ / 1e-10)) + ½ (¾ ln(3/2) + ¼ ln(½))
        near(
            .reverseJensenShannon,
            0.5 * (0.75 * -0.2876821 + 0.25 * 21.639557) + 0.5 * (0.75 * 0.4054651 + 0.25 * -0.6931472))
    }

    @Test func `a judge has the last word over guesses`() throws {
        for sampling in Sampling.kinds {
            let request = Request(sampling: sampling, stop: try StopCondition(maximumTokenCount: 40))
            // States of the script: token, position, number of the state.
            let stern = JudgeHead(state: 1, weights: [0, 0, 0], bias: -9)
            let mild = JudgeHead(state: 1, weights: [0, 0, 0], bias: 9)
            #expect(try tokens(Judge(stern), request) == request.answer(ScriptedTarget()).tokens)
            #expect(try tokens(Judge(mild), request) == tokens(AcceptAll(), request))
        }
        // (3, 4, 0) at a root mean square of 1, times (1, 2, 0), less 5.
        let head = JudgeHead(state: 0, weights: [1, 2, 0], bias: -5)
        let score = head.score(Matrix(rows: 1, columns: 3, values: [3, 4, 0]), row: 0)
        #expect(abs(Double(score) - (11 * (3.0 / 25).squareRoot() - 5)) < 1e-5)
    }
}
