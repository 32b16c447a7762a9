import TandemDecoding
import TandemTestSupport
import Testing

/// The promise: with any drafter, the answer is what it is without.
struct DecodingEqualityTests {
    private static func target() -> ScriptedTarget { ScriptedTarget() }

    @Test(arguments: Sampling.kinds.indices, StopCondition.kinds.indices)
    func `no drafter and no block length changes an answer`(sampling: Int, stop: Int) throws {
        var accepted = 0
        for seed in 1...3 as ClosedRange<UInt64> {
            let request = Request(
                prompt: [Int(seed), 2, 3, 1, 2], sampling: Sampling.kinds[sampling], seed: seed,
                stop: StopCondition.kinds[stop], topLogProbabilityCount: 2)
            let expected = try request.answer(Self.target())
            #expect(expected.finish != nil)
            for count in [0, 1, 2, 3, 5, 8, 64] {
                var drafters: [any Drafter] = [
                    LookupDrafter(), LookupDrafter(matchLengths: 1...1), RandomDrafter(vocabularyCount: 24),
                ]
                for period in [nil, 1, 2, 5] as [Int?] {
                    drafters.append(
                        OracleDrafter(
                            answer: expected.tokens, promptCount: request.prompt.count, period: period,
                            vocabularyCount: 24))
                }
                for drafter in drafters {
                    let target = Self.target()
                    let conversation = try request.conversation(
                        target, Speculation(drafter: drafter, blockLength: FixedLength(count)))
                    let found = try run([conversation], target)[0]
                    #expect(found == expected, "\(drafter) with \(count)")
                    #expect(target.openCount == 0)
                    accepted += conversation.metrics.acceptedCount
                    #expect(conversation.metrics.answerTokenCount == expected.tokens.count)
                }
            }
        }
        if StopCondition.kinds[stop].maximumTokenCount != 1 { #expect(accepted > 100) }
    }

    @Test func `every way to end is met`() throws {
        var reasons: Set<String> = []
        for sampling in Sampling.kinds {
            for stop in StopCondition.kinds {
                for seed in 1...3 as ClosedRange<UInt64> {
                    let request = Request(
                        prompt: [Int(seed), 2, 3, 1, 2], sampling: sampling, seed: seed, stop: stop)
                    switch try request.answer(Self.target()).finish {
                    case .endOfText: reasons.insert("end of text")
                    case .stopString: reasons.insert("stop string")
                    case .tokenLimit: reasons.insert("token limit")
                    case .contextFull: reasons.insert("context full")
                    case .cancelled, nil: break
                    }
                }
            }
        }
        #expect(reasons == ["end of text", "stop string", "token limit", "context full"])
    }

    @Test(arguments: [1, 3, 20, 512])
    func `strangers in the same pass change nothing`(rowLimit: Int) throws {
        var requests: [Request] = []
        for (index, sampling) in Sampling.kinds.enumerated() {
            for (number, stop) in StopCondition.kinds.enumerated() {
                requests.append(
                    Request(
                        prompt: (0...(5 * number + index)).map { ($0 * $0 + index) % 24 }, sampling: sampling,
                        seed: UInt64(index), stop: stop))
            }
        }
        let expected = try requests.map { try $0.answer(Self.target()) }
        let target = Self.target()
        let conversations = try requests.enumerated().map { index, request in
            try request.conversation(target, index % 2 == 0 ? .lookup(count: index % 6) : .none)
        }
        #expect(try run(conversations, target, rowLimit: rowLimit) == expected)
        #expect(target.openCount == 0)
        // However many there are, each has a row; beyond that the limit holds.
        for spans in target.passes {
            #expect(spans.reduce(0) { $0 + $1.tokens.count } <= max(rowLimit, spans.count))
        }
    }

    @Test func `an answer that goes on from a kept memory is the same`() throws {
        for sampling in Sampling.kinds {
            let target = Self.target()
            let first = Request(sampling: sampling, stop: try StopCondition(maximumTokenCount: 20))
            let conversation = try first.conversation(target, .lookup())
            let answer = try runOnly(conversation, target)
            let memory = conversation.retire()
            #expect(target.tokens(in: memory.memory) == memory.tokens)
            // The next turn: the same beginning, then something else.
            let next = Request(
                prompt: first.prompt + answer.tokens + [9, 4], sampling: sampling,
                stop: try StopCondition(maximumTokenCount: 15))
            let continued = try next.conversation(target, .lookup(), retained: memory)
            #expect(continued.metrics.reusedTokenCount >= first.prompt.count + answer.tokens.count - 1)
            #expect(try runOnly(continued, target) == next.answer(Self.target()))
            // The same prompt once more: all but its last token is there.
            let again = try next.conversation(target, .none, retained: continued.retire())
            #expect(again.metrics.reusedTokenCount == next.prompt.count - 1)
            #expect(try runOnly(again, target) == next.answer(Self.target()))
            again.close()
            #expect(target.openCount == 0)
        }
    }

    private func runOnly(_ conversation: Conversation, _ target: ScriptedTarget) throws -> Answer {
        let loop = DecodingLoop(target: target)
        loop.add(conversation)
        var answer = Answer()
        while !loop.isEmpty { for result in try loop.round() { answer.add(try result.outcome.get()) } }
        return answer
    }
}
