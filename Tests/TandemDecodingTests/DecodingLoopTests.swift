import TandemDecoding
import TandemTestSupport
import Testing

struct DecodingLoopTests {
    @Test func `a good draft saves passes of the large model`() throws {
        let request = Request(stop: try StopCondition(maximumTokenCount: 40))
        let plain = ScriptedTarget()
        let expected = try request.answer(plain)
        #expect(plain.passes.count == 40)
        let target = ScriptedTarget()
        let oracle = OracleDrafter(
            answer: expected.tokens, promptCount: request.prompt.count, period: nil, vocabularyCount: 24)
        let conversation = try request.conversation(
            target, Speculation(drafter: oracle, blockLength: FixedLength(3)))
        #expect(try run([conversation], target)[0] == expected)
        // The prompt gives one token, nine full drafts four each, and the last draft has room for two.
        #expect(target.passes.map { $0[0].tokens.count } == [5, 4, 4, 4, 4, 4, 4, 4, 4, 4, 3])
        let metrics = conversation.metrics
        #expect(metrics.roundCount == 11)
        #expect(metrics.draftedCount == 29 && metrics.acceptedCount == 29)
        #expect(metrics.acceptedByPosition == [10, 10, 9] && metrics.draftedByPosition == [10, 10, 9])
        #expect(metrics.tokensPerRound == 40.0 / 11 && metrics.acceptanceRate == 1)
        #expect(metrics.promptTokenCount == 5 && metrics.answerTokenCount == 40)
    }

    @Test func `what stands behind the end of an answer does not count`() throws {
        let whole = try Request(stop: try StopCondition(maximumTokenCount: 12)).answer(ScriptedTarget())
        // The second token of the first draft ends the answer.
        let stop = try StopCondition(endOfText: [whole.tokens[2]], maximumTokenCount: 12)
        let target = ScriptedTarget()
        let request = Request(stop: stop)
        let oracle = OracleDrafter(
            answer: whole.tokens, promptCount: request.prompt.count, period: nil, vocabularyCount: 24)
        let conversation = try request.conversation(
            target, Speculation(drafter: oracle, blockLength: FixedLength(6)))
        _ = try run([conversation], target)
        #expect(conversation.finishReason == .endOfText(token: whole.tokens[2]))
        #expect(conversation.metrics.draftedCount == 6 && conversation.metrics.acceptedCount == 2)
    }

    @Test func `tokens say whether they were drafted`() throws {
        let target = ScriptedTarget()
        let request = Request(stop: try StopCondition(maximumTokenCount: 8))
        let expected = try request.answer(ScriptedTarget())
        let oracle = OracleDrafter(
            answer: expected.tokens, promptCount: request.prompt.count, period: nil, vocabularyCount: 24)
        let loop = DecodingLoop(target: target)
        loop.add(try request.conversation(target, Speculation(drafter: oracle, blockLength: FixedLength(3))))
        var flags: [Bool] = []
        while !loop.isEmpty {
            for result in try loop.round() { flags += try result.outcome.get().tokens.map(\.isDrafted) }
        }
        #expect(flags == [false, true, true, true, false, true, true, false])
    }

    @Test func `a prompt longer than a pass is read in parts`() throws {
        let target = ScriptedTarget()
        let request = Request(
            prompt: (0..<50).map { $0 % 24 }, stop: try StopCondition(maximumTokenCount: 3))
        let answer = try request.answer(target, rowLimit: 16)
        #expect(target.passes.map { $0[0].tokens.count } == [16, 16, 16, 2, 1, 1])
        #expect(try answer == request.answer(ScriptedTarget()))
    }

    @Test func `a new prompt does not stop those who speak`() throws {
        let target = ScriptedTarget()
        let loop = DecodingLoop(target: target, rowLimit: 8)
        let stop = try StopCondition(maximumTokenCount: 30)
        let speaker = try Request(stop: stop).conversation(target)
        loop.add(speaker)
        _ = try loop.round()
        loop.add(try Request(prompt: (0..<40).map { $0 % 24 }, stop: stop).conversation(target))
        for _ in 0..<6 {
            let before = speaker.metrics.answerTokenCount
            _ = try loop.round()
            #expect(speaker.metrics.answerTokenCount == before + 1)
        }
        // One row for the speaker, seven for the prompt.
        #expect(target.passes[1].map(\.tokens.count) == [1, 7])
        #expect(loop.conversations[1].metrics.answerTokenCount == 1)
    }

    @Test func `a pass that fails can be tried again`() throws {
        let target = ScriptedTarget()
        let request = Request(sampling: Sampling.kinds[4], stop: try StopCondition(maximumTokenCount: 30))
        let conversation = try request.conversation(target, .lookup())
        let loop = DecodingLoop(target: target)
        loop.add(conversation)
        var answer = Answer()
        var failures = 0
        while !loop.isEmpty {
            target.failureCount = failures % 3 == 0 ? 1 : 0
            failures += 1
            do {
                for result in try loop.round() { answer.add(try result.outcome.get()) }
            } catch is ScriptedTarget.Failure {
                continue
            }
        }
        #expect(try answer == request.answer(ScriptedTarget()))
    }

    @Test func `one conversation's damage is its own`() throws {
        let target = ScriptedTarget()
        target.poison = 23
        let stop = try StopCondition(maximumTokenCount: 10)
        let healthy = Request(sampling: try Sampling(temperature: 0, logitBias: [23: -100]), stop: stop)
        let loop = DecodingLoop(target: target)
        let broken = try Request(prompt: [1, 23], stop: stop).conversation(target)
        let sound = try healthy.conversation(target)
        loop.add(broken)
        loop.add(sound)
        var answer = Answer()
        var errors: [any Error] = []
        while !loop.isEmpty {
            for result in try loop.round() {
                switch result.outcome {
                case .success(let emission): answer.add(emission)
                case .failure(let error):
                    #expect(result.conversation === broken && result.isLast)
                    errors.append(error)
                }
            }
        }
        #expect(errors.count == 1 && errors[0] as? GenerationError == .logitsNotFinite(position: 2))
        #expect(try answer == healthy.answer(ScriptedTarget()))
    }

    @Test func `a conversation can be taken out and its memory comes back`() throws {
        let target = ScriptedTarget()
        let loop = DecodingLoop(target: target)
        do {
            let conversation = try Request(
                stop: try StopCondition(strings: ["zzz"])
            ).conversation(target, .lookup())
            loop.add(conversation)
            for _ in 0..<5 { _ = try loop.round() }
            loop.remove(conversation)
            #expect(conversation.cancel().finish == .cancelled)
            #expect(conversation.finishReason == .cancelled)
        }
        #expect(loop.isEmpty && target.openCount == 0)
    }

    @Test func `no tokens asked for, none given`() throws {
        let target = ScriptedTarget()
        let answer = try Request(stop: try StopCondition(maximumTokenCount: 0)).answer(target)
        #expect(answer.tokens.isEmpty && answer.finish == .tokenLimit && target.passes.isEmpty)
    }

    @Test func `prompts that cannot be answered are refused`() throws {
        let target = ScriptedTarget(contextLength: 6)
        let stop = try StopCondition()
        #expect(throws: GenerationError.emptyPrompt) {
            try Request(prompt: [], stop: stop).conversation(target)
        }
        #expect(throws: GenerationError.promptTooLong(tokenCount: 6, contextLength: 6)) {
            try Request(prompt: [1, 2, 3, 4, 5, 6], stop: stop).conversation(target)
        }
        #expect(throws: GenerationError.unknownToken(token: 24, place: "The prompt", vocabularyCount: 24)) {
            try Request(prompt: [24], stop: stop).conversation(target)
        }
        let last = try Request(prompt: [1, 2, 3, 4, 5], stop: stop).answer(target)
        #expect(last.tokens.count == 1 && last.finish == .contextFull)
        #expect(target.openCount == 0)
    }
}
