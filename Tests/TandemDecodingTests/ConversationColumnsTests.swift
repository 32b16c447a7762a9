import TandemMath
import TandemModels
import TandemTestSupport
import Testing

@testable import TandemDecoding

/// Drafts of tokens that the small model's head lacks and the conversation's text has.
struct ConversationColumnsTests {
    private static let headTokens = [3, 5, 9, 0, 11, 39, 22, 8]

    private func drafter(_ small: SmallModel, _ pair: ModelPair) -> any Drafter {
        small.configuration.memory == .none
            ? IndependentDrafter(IndependentDraftModel(small, pool: pair.pool)) : TandemDrafter(pair.tandem(small))
    }

    /// The bias makes both models say 17 whenever they can.
    @Test(arguments: [TandemConfiguration.Memory.fused(states: [1, 2]), .none], [true, false])
    func `a token of the prompt that the head lacks is drafted and stands`(
        memory: TandemConfiguration.Memory, isInPrompt: Bool
    ) throws {
        let pair = try ModelPair()
        let request = Request(
            prompt: isInPrompt ? [1, 17, 2, 4] : [1, 2, 4],
            sampling: try Sampling(temperature: 0, logitBias: [17: 900]),
            stop: try StopCondition(maximumTokenCount: 12))
        let expected = try request.answer(pair.target())
        #expect(expected.tokens == [Int](repeating: 17, count: 12))
        func metrics(_ head: TandemConfiguration.Head) throws -> DecodingMetrics {
            let target = pair.target()
            let small = try pair.small(memory, head: head, draftTokens: Self.headTokens)
            let conversation = try request.conversation(
                target, Speculation(drafter: drafter(small, pair), blockLength: FixedLength(3)))
            #expect(try run([conversation], target) == [expected])
            return conversation.metrics
        }
        // The first token comes with the prompt; it is then part of the text, whatever the prompt was.
        let widened = try metrics(.large)
        #expect(widened.draftedCount == 8 && widened.acceptedCount == 8)
        // Rows of a head that was trained cannot be had for other tokens.
        #expect(try metrics(.own).acceptedCount == 0)
    }

    @Test func `columns are the head's, then the text's, and are forgotten together`() throws {
        let pair = try ModelPair()
        let small = try pair.small(head: .large, draftTokens: Self.headTokens)
        let head = DraftColumns(small.configuration.draftVocabulary)
        var columns = ConversationColumns(head, extra: small.makeDynamicVocabulary(limit: 2))
        columns.insert([3, 17, 5, 17, 1])
        #expect(columns.columns.count == 10)
        #expect([17, 1, 3, 2].map { columns.columns.column(of: $0) } == [8, 9, 0, nil])
        #expect(columns.columns.tokens == (Self.headTokens + [17, 1]).map { UInt32($0) })
        let before = columns.columns
        columns.insert([2])
        #expect([17, 1, 2].map { columns.columns.column(of: $0) } == [nil, 9, 8])
        #expect((0..<10).allSatisfy { columns.columns.column(of: columns.columns.token(at: $0)) == $0 })
        // What was handed out stays as it was.
        #expect(before.column(of: 17) == 8 && before.token(at: 8) == 17)
        columns.removeAll()
        #expect(columns.columns.count == 8 && columns.columns.column(of: 1) == nil)
    }

    private static let rules: [any VerificationRule] = [
        ExactMatch(), RejectionSampling(), FuzzyMatch(.jensenShannon, threshold: 0.4), AcceptAll(),
    ]

    private static func requests() throws -> [Request] {
        try (0..<5).map { index in
            Request(
                prompt: (0...(2 + 3 * index)).map { ($0 * 7 + index * 3) % 24 },
                sampling: Sampling.kinds[index % Sampling.kinds.count], seed: UInt64(index),
                stop: try StopCondition(maximumTokenCount: 20))
        }
    }

    /// Rejection sampling draws by the drafter's law, to the bit: columns of others must not change its sums.
    @Test(arguments: 0..<4) func `whoever drafts beside it, a conversation has its own columns alone`(rule: Int) throws
    {
        let rule = Self.rules[rule]
        let pair = try ModelPair()
        let drafting = pair.tandem(try pair.small(head: .large, draftTokens: Self.headTokens))
        let target = ScriptedTarget()
        let scripted = try ScriptedDraftModel(target, tokens: Array(2..<14), error: 0.4, addsTokensOfText: true)
        let kinds: [(target: any Target, drafter: () -> any Drafter)] = [
            (target, { ScriptedModelDrafter(scripted) }), (pair.target(), { TandemDrafter(drafting) }),
        ]
        for kind in kinds {
            func conversations() throws -> [Conversation] {
                try Self.requests().map {
                    try $0.conversation(
                        kind.target,
                        Speculation(drafter: kind.drafter(), blockLength: FixedLength(3, topCount: 2), rule: rule))
                }
            }
            let crowd = try conversations()
            let alone = try conversations()
            #expect(try run(crowd, kind.target) == alone.map { try run([$0], kind.target)[0] })
            #expect(crowd.map(\.metrics.acceptedByPosition) == alone.map(\.metrics.acceptedByPosition))
            #expect(crowd.reduce(0) { $0 + $1.metrics.acceptedCount } > 0)
        }
    }

    /// Whether its text was told at once or bit by bit, a conversation has the same columns.
    @Test func `an answer that goes on from kept memory is drafted like one that begins anew`() throws {
        let pair = try ModelPair()
        let drafting = pair.tandem(try pair.small(head: .large, draftTokens: Self.headTokens))
        let target = pair.target()
        func speculation() -> Speculation {
            Speculation(drafter: TandemDrafter(drafting), blockLength: FixedLength(3), rule: RejectionSampling())
        }
        let first = Request(
            prompt: [1, 2, 30], sampling: try Sampling(temperature: 1), stop: try StopCondition(maximumTokenCount: 9))
        let conversation = try first.conversation(target, speculation())
        let loop = DecodingLoop(target: target)
        loop.add(conversation)
        while !loop.isEmpty { _ = try loop.round() }
        // Another text follows: what was said beyond it is forgotten. Both read some of it before they draft.
        let next = Request(
            prompt: conversation.tokens.prefix(8) + [31, 4, 31, 4], sampling: first.sampling,
            stop: try StopCondition(maximumTokenCount: 20))
        let continued = try next.conversation(target, speculation(), retained: conversation.retire())
        let fresh = try next.conversation(target, speculation())
        #expect(continued.metrics.reusedTokenCount > 0)
        #expect(try run([continued], target) == run([fresh], target))
        #expect(continued.metrics.acceptedByPosition == fresh.metrics.acceptedByPosition)
    }
}
