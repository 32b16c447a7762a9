import Foundation
import Tandem
import TandemDecoding
import TandemText
import Testing

/// The promises on a real model. They run where `TANDEM_TEST_MODEL` names one.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["TANDEM_TEST_MODEL"] != nil))
struct EngineEqualityTests {
    private static func engine(threads: Int) async throws -> TandemEngine {
        var options = TandemEngine.Options()
        options.threadCount = threads
        options.contextLength = 512
        return try await TandemEngine.load(
            ProcessInfo.processInfo.environment["TANDEM_TEST_MODEL"] ?? "", options: options)
    }

    private static func requests(_ drafting: GenerationRequest.Drafting) throws -> [GenerationRequest] {
        let texts = [
            "Repeat this sentence three times: the quick brown fox jumps over the lazy dog.",
            "Write a haiku about the sea.", "List the numbers from one to twelve, one on each line.",
        ]
        let samplings = [
            Sampling.greedy, try Sampling(temperature: 0.8, topP: 0.95, seed: 7),
            try Sampling(temperature: 1, repetitionPenalty: 1.1, seed: 8),
        ]
        return texts.flatMap { text in
            samplings.map { sampling in
                var request = GenerationRequest(chat: text, sampling: sampling, maximumTokenCount: 48)
                request.drafting = drafting
                return request
            }
        }
    }

    @Test func `threads, drafts and company change no byte`() async throws {
        let plain = try await Self.engine(threads: 1)
        var expected: [GenerationResult] = []
        for request in try Self.requests(.none) { expected.append(try await plain.generate(request).result()) }
        let engine = try await Self.engine(threads: 2)
        let streams = try Self.requests(.lookup(count: 4)).map { try engine.generate($0) }
        var accepted = 0
        for (stream, one) in zip(streams, expected) {
            let found = try await stream.result()
            #expect(found.text == one.text)
            #expect(found.tokens.map(\.token) == one.tokens.map(\.token))
            #expect(found.summary.finishReason == one.summary.finishReason)
            accepted += found.summary.metrics.acceptedCount
        }
        #expect(accepted > 0)
        #expect(expected[0].text.contains("quick brown fox"))
    }
}
