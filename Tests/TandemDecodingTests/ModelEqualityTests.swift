import TandemDecoding
import TandemMath
import TandemModels
import TandemTestSupport
import Testing

/// The promise with real models: whoever drafts, the answer is that of the large model alone.
struct ModelEqualityTests {
    private static func requests(_ count: Int = 6) throws -> [Request] {
        try (0..<count).map { index in
            Request(
                prompt: (0...(3 + 5 * index)).map { ($0 * 7 + index * 3) % ModelPair.vocabularyCount },
                sampling: Sampling.kinds[index % Sampling.kinds.count], seed: UInt64(index),
                stop: index == 3
                    ? try StopCondition(endOfText: [9], strings: ["abc", "de"], maximumTokenCount: 30)
                    : try StopCondition(maximumTokenCount: 12 + 3 * index), topLogProbabilityCount: index == 1 ? 2 : nil
            )
        }
    }

    @Test(arguments: [1, 2], [[1], [0, 3], [4, 4, 1, 7]])
    func `tandems, alone and in a crowd, change nothing`(threads: Int, lengths: [Int]) throws {
        let pair = try ModelPair(threads: threads, format: threads == 1 ? .float32 : .q8_0)
        let plain = try ModelPair(format: threads == 1 ? .float32 : .q8_0)
        let requests = try Self.requests()
        let expected = try requests.map { try $0.answer(plain.target()) }
        let models: [SmallModel] = [
            try pair.small(), try pair.small(.perLayer(.topAligned), addsLastState: true),
            try pair.small(draftTokens: [3, 5, 9, 0, 11, 39, 22, 8], format: .q8_0),
            try pair.small(head: .large, draftTokens: [3, 5, 9, 0, 11, 39, 22, 8], format: .q8_0),
        ]
        for small in models {
            let drafting = pair.tandem(small)
            let target = pair.target()
            let conversations = try requests.enumerated().map { index, request in
                try request.conversation(
                    target,
                    Speculation(
                        drafter: TandemDrafter(drafting), blockLength: FixedLength(lengths[index % lengths.count])))
            }
            #expect(try run(conversations, target, rowLimit: 40) == expected)
            #expect(conversations.reduce(0) { $0 + $1.metrics.draftedCount } > 0)
            for (request, answer) in zip(requests, expected) {
                let speculation = Speculation(
                    drafter: TandemDrafter(drafting), blockLength: FixedLength(lengths[0]))
                #expect(try request.answer(target, speculation) == answer)
            }
            #expect(target.openCount == 0)
        }
    }

    @Test func `a drafter that is the large model itself is always right, and knows it`() throws {
        let pair = try ModelPair()
        for request in try Self.requests() {
            let expected = try request.answer(pair.target())
            let drafting = IndependentDraftModel(pair.large, pool: pair.pool)
            let target = pair.target()
            let conversation = try request.conversation(
                target, Speculation(drafter: IndependentDrafter(drafting), blockLength: FixedLength(4)))
            #expect(try run([conversation], target)[0] == expected)
            let metrics = conversation.metrics
            // What is drafted past an end that the answer finds by itself does not count against it.
            if request.stop.strings.isEmpty { #expect(metrics.acceptedCount == metrics.draftedCount) }
            #expect(metrics.acceptedCount > 3)
        }
    }

    @Test func `a small model without memory drafts independently`() throws {
        let pair = try ModelPair()
        let small = try pair.small(.none)
        let drafting = IndependentDraftModel(small, pool: pair.pool)
        let requests = try Self.requests()
        let expected = try requests.map { try $0.answer(pair.target()) }
        let target = pair.target()
        let conversations = try requests.map { request in
            try request.conversation(
                target, Speculation(drafter: IndependentDrafter(drafting), blockLength: FixedLength(3)))
        }
        #expect(try run(conversations, target) == expected)
    }

    @Test func `a chain asks the look-up first`() throws {
        let pair = try ModelPair()
        let drafting = pair.tandem(try pair.small())
        let requests = try Self.requests()
        let expected = try requests.map { try $0.answer(pair.target()) }
        let target = pair.target()
        let conversations = try requests.map { request in
            try request.conversation(
                target,
                Speculation(
                    drafter: ChainDrafter(LookupDrafter(), TandemDrafter(drafting)), blockLength: FixedLength(3)))
        }
        #expect(try run(conversations, target) == expected)
    }

    /// Drafts must not depend on who else drafts, nor on how long the states waited before they became memory.
    @Test func `drafts are the same alone, in a crowd, and after a pause`() throws {
        let pair = try ModelPair()
        let small = try pair.small()
        let requests = try Self.requests(4)
        func drafts(_ groups: [[Request]]) throws -> [[[Int]]] {
            var all: [[[Int]]] = []
            for group in groups {
                let drafting = pair.tandem(small)
                let target = pair.target()
                let conversations = try group.map {
                    try $0.conversation(
                        target, Speculation(drafter: TandemDrafter(drafting), blockLength: FixedLength(3)))
                }
                _ = try run(conversations, target)
                all += conversations.map {
                    [[$0.metrics.roundCount], $0.metrics.draftedByPosition, $0.metrics.acceptedByPosition]
                }
            }
            return all
        }
        #expect(try drafts([requests]) == drafts(requests.map { [$0] }))
    }

    @Test func `an answer that goes on from kept memories is the same and reads little`() throws {
        let pair = try ModelPair()
        let drafting = pair.tandem(try pair.small())
        let independent = IndependentDraftModel(pair.large, pool: pair.pool)
        let drafters: [() -> any Drafter] = [
            { TandemDrafter(drafting) }, { IndependentDrafter(independent) },
            { ChainDrafter(LookupDrafter(), TandemDrafter(drafting)) },
        ]
        for makeDrafter in drafters {
            let target = pair.target()
            func speculation() -> Speculation { Speculation(drafter: makeDrafter(), blockLength: FixedLength(3)) }
            let first = Request(sampling: Sampling.kinds[1], stop: try StopCondition(maximumTokenCount: 20))
            let conversation = try first.conversation(target, speculation())
            let answer = try runOnly(conversation, target)
            let next = Request(
                prompt: first.prompt + answer.tokens + [9, 4], sampling: Sampling.kinds[1],
                stop: try StopCondition(maximumTokenCount: 15))
            let continued = try next.conversation(target, speculation(), retained: conversation.retire())
            #expect(continued.metrics.reusedTokenCount >= first.prompt.count + answer.tokens.count - 1)
            #expect(try runOnly(continued, target) == next.answer(pair.target()))
            // One that drafts nothing, then one whose drafter finds nothing to take over: it reads all anew.
            let plain = try next.conversation(target, .none, retained: continued.retire())
            #expect(plain.metrics.reusedTokenCount == next.prompt.count - 1)
            #expect(try runOnly(plain, target) == next.answer(pair.target()))
            let again = try next.conversation(target, speculation(), retained: plain.retire())
            let needsStates = !makeDrafter().capturedStates.isEmpty
            #expect(again.metrics.reusedTokenCount == (needsStates ? 0 : next.prompt.count - 1))
            #expect(try runOnly(again, target) == next.answer(pair.target()))
            again.close()
            #expect(target.openCount == 0)
        }
    }

    @Test func `answers that share a beginning with one under way are the same and read little`() throws {
        let pair = try ModelPair()
        let drafting = pair.tandem(try pair.small())
        let independent = IndependentDraftModel(pair.large, pool: pair.pool)
        let drafters: [() -> any Drafter] = [
            { LookupDrafter() }, { TandemDrafter(drafting) }, { IndependentDrafter(independent) },
            { ChainDrafter(LookupDrafter(), TandemDrafter(drafting)) },
        ]
        for makeDrafter in drafters {
            let target = pair.target()
            func speculation() -> Speculation { Speculation(drafter: makeDrafter(), blockLength: FixedLength(3)) }
            let beginning = (0..<40).map { $0 * 7 % 23 }
            let stop = try StopCondition(maximumTokenCount: 14)
            let requests = [[9, 4], [4], [9, 4, 1]].enumerated().map { index, rest in
                Request(prompt: beginning + rest, sampling: Sampling.kinds[index], stop: stop)
            }
            let loop = DecodingLoop(target: target)
            let first = try requests[0].conversation(target, speculation())
            loop.add(first)
            // It has read its prompt and said something.
            var answers = [Answer](repeating: Answer(), count: 3)
            for _ in 0..<3 { for result in try loop.round() { answers[0].add(try result.outcome.get()) } }
            var conversations = [first]
            for request in requests.dropFirst() {
                let next = try request.conversation(target, speculation(), retained: first.shared, isShared: true)
                #expect(next.metrics.reusedTokenCount >= beginning.count)
                loop.add(next)
                conversations.append(next)
            }
            while !loop.isEmpty {
                for result in try loop.round() {
                    guard let place = conversations.firstIndex(where: { $0 === result.conversation }) else { continue }
                    answers[place].add(try result.outcome.get())
                }
            }
            #expect(try answers == requests.map { try $0.answer(pair.target()) })
            for conversation in conversations { conversation.close() }
            #expect(target.openCount == 0)
        }
        #expect(independent.openCount == 0 && drafting.openCount == 0)
    }

    private func runOnly(_ conversation: Conversation, _ target: any Target) throws -> Answer {
        let loop = DecodingLoop(target: target)
        loop.add(conversation)
        var answer = Answer()
        while !loop.isEmpty { for result in try loop.round() { answer.add(try result.outcome.get()) } }
        return answer
    }

    @Test func `drafters give their memories back`() throws {
        let pair = try ModelPair()
        let drafting = pair.tandem(try pair.small())
        let target = pair.target()
        do {
            let conversation = try Request(stop: try StopCondition()).conversation(
                target, Speculation(drafter: TandemDrafter(drafting), blockLength: FixedLength(3)))
            let loop = DecodingLoop(target: target)
            loop.add(conversation)
            for _ in 0..<4 { _ = try loop.round() }
            #expect(drafting.openCount == 1 && drafting.byteCount > 0)
            loop.remove(conversation)
            _ = conversation.cancel()
        }
        #expect(drafting.openCount == 0 && drafting.byteCount == 0 && target.openCount == 0)
    }
}
