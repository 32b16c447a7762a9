import Synchronization
import Tandem
import TandemDecoding
import TandemTestSupport
import Testing

struct GenerationServiceTests {
    private static func job(
        _ seed: UInt64, sampling: Sampling? = nil, maximum: Int? = 20, strings: [String] = []
    ) throws -> GenerationJob {
        GenerationJob(
            prompt: [Int(seed % 24), 2, 3, 1, 2], sampling: try sampling ?? Sampling(temperature: 0.8, seed: seed),
            stop: try StopCondition(strings: strings, maximumTokenCount: maximum),
            speculation: { _ in .lookup(count: 3) },
            text: { Letters() })
    }

    private static func service(conversations: Int = 16, retained: Int = 1, context: Int = 90) -> GenerationService {
        var limits = GenerationService.Limits()
        limits.conversationCount = conversations
        limits.retainedCount = retained
        return GenerationService(limits: limits, makeTarget: { ScriptedTarget(contextLength: context) })
    }

    @Test(arguments: [1, 3, 16])
    func `many at once are answered like one after the other`(conversations: Int) async throws {
        let alone = Self.service(conversations: 1, retained: 0)
        var expected: [GenerationResult] = []
        for seed in 0..<12 as Range<UInt64> { expected.append(try await alone.generate(Self.job(seed)).result()) }
        let service = Self.service(conversations: conversations, retained: 2)
        let found = try await withThrowingTaskGroup(of: (Int, GenerationResult).self) { group in
            for seed in 0..<12 as Range<UInt64> {
                let stream = service.generate(try Self.job(seed))
                group.addTask { (Int(seed), try await stream.result()) }
            }
            return try await group.reduce(into: [Int: GenerationResult]()) { $0[$1.0] = $1.1 }
        }
        for (index, one) in expected.enumerated() {
            #expect(found[index]?.text == one.text)
            #expect(found[index]?.tokens.map(\.token) == one.tokens.map(\.token))
            #expect(found[index]?.summary.finishReason == one.summary.finishReason)
            #expect(found[index]?.summary.seed == UInt64(index))
        }
    }

    @Test func `chunks add up to the answer and a summary ends it`() async throws {
        let service = Self.service()
        var text = ""
        var tokens: [Int] = []
        var summary: GenerationSummary?
        for try await event in service.generate(try Self.job(3)) {
            #expect(summary == nil)
            switch event {
            case .chunk(let piece, let new):
                text += piece
                tokens += new.map(\.token)
            case .finished(let end): summary = end
            }
        }
        #expect(tokens.count == 20 && text == tokens.map(Letters.text).joined())
        #expect(summary?.finishReason == .tokenLimit && summary?.metrics.answerTokenCount == 20)
    }

    @Test func `a second answer to the same beginning reads less`() async throws {
        let service = Self.service()
        let first = try await service.generate(Self.job(5)).result()
        #expect(first.summary.metrics.reusedTokenCount == 0)
        var next = try Self.job(5)
        next.prompt += first.tokens.map(\.token) + [9]
        let reused = try await service.generate(next).result()
        #expect(reused.summary.metrics.reusedTokenCount == next.prompt.count - 2)
        let fresh = try await Self.service().generate(next).result()
        #expect(fresh.text == reused.text)
    }

    @Test func `conversations with one beginning do not take it from each other`() async throws {
        let beginning = (0..<30).map { $0 % 24 }
        func prompt(_ number: Int, said: [Int] = []) throws -> GenerationJob {
            var job = try Self.job(7, maximum: 20)
            job.prompt = beginning + [number] + said
            return job
        }
        let service = Self.service(retained: 4, context: 200)
        let first = try await service.generate(prompt(1)).result()
        let second = try await service.generate(prompt(2)).result()
        #expect(second.summary.metrics.reusedTokenCount == beginning.count)
        // Both go on where they were.
        for (number, answer) in [(1, first), (2, second)] {
            let job = try prompt(number, said: answer.tokens.map(\.token) + [5])
            let next = try await service.generate(job).result()
            #expect(next.summary.metrics.reusedTokenCount >= job.prompt.count - 2)
            #expect(try await Self.service(context: 200).generate(job).result().text == next.text)
        }
    }

    @Test func `a seed is chosen, told, and gives the same answer again`() async throws {
        let service = Self.service()
        let job = try Self.job(1, sampling: Sampling(temperature: 1))
        let first = try await service.generate(job).result()
        var again = job
        again.sampling = job.sampling.seeded(first.summary.seed)
        #expect(try await service.generate(again).result().text == first.text)
    }

    @Test func `errors come through the stream and leave the service working`() async throws {
        let service = Self.service()
        var job = try Self.job(1)
        job.prompt = []
        await #expect(throws: GenerationError.emptyPrompt) { try await service.generate(job).result() }
        #expect(try await service.generate(Self.job(1)).result().tokens.count == 20)
    }

    @Test func `a reader who leaves ends the answer, and others go on`() async throws {
        // One place: the next answer begins only when the place is free.
        let service = Self.service(conversations: 1, context: 1_000_000)
        for try await event in service.generate(try Self.job(1, maximum: nil)) {
            if case .chunk = event { break }
        }
        #expect(try await service.generate(Self.job(2)).result().tokens.count == 20)
    }

    @Test func `cancelling the reading task ends the answer`() async throws {
        let service = Self.service(conversations: 1, context: 1_000_000)
        let stream = service.generate(try Self.job(1, maximum: nil))
        let task = Task { try await stream.result() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await service.generate(Self.job(2)).result().tokens.count == 20)
    }

    @Test func `stopping gives the rest and a summary`() async throws {
        let service = Self.service(context: 1_000_000)
        let stream = service.generate(try Self.job(1, maximum: nil))
        var summary: GenerationSummary?
        for try await event in stream {
            switch event {
            case .chunk: stream.stop()
            case .finished(let end): summary = end
            }
        }
        #expect(summary?.finishReason == .cancelled)
    }

    @Test func `the model waits for a slow reader`() async throws {
        let service = Self.service(context: 1_000_000)
        let counter = Counter()
        var slow = try Self.job(1, maximum: 900)
        slow.speculation = { _ in .none }
        slow.text = { CountingText(counter: counter) }
        let stream = service.generate(slow)
        // Another answer is made meanwhile, in as many passes as the first would have taken.
        var quick = try Self.job(2, maximum: 600)
        quick.speculation = { _ in .none }
        #expect(try await service.generate(quick).result().tokens.count == 600)
        // One event for each token; the bound is 256 unread ones.
        #expect((1...256).contains(counter.value))
        #expect(try await stream.result().tokens.count == 900)
        #expect(counter.value == 900)
    }

    @Test func `answers under way outlive their service's last name`() async throws {
        let stream = Self.service().generate(try Self.job(4))
        #expect(try await stream.result().tokens.count == 20)
    }
}

private final class Counter: Sendable {
    private let count = Atomic<Int>(0)

    func add() { count.add(1, ordering: .relaxed) }

    var value: Int { count.load(ordering: .relaxed) }
}

/// Letters, counted.
private struct CountingText: IncrementalText {
    var counter: Counter

    func append(_ token: Int) -> String {
        counter.add()
        return Letters.text(token)
    }

    func flush() -> String { "" }
}
