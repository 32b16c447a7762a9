import Dispatch
import Synchronization
import Tandem
import TandemDecoding
import TandemMath
import TandemTestSupport
import Testing

@testable import TandemCLI

/// What is shown while a long prompt is being read.
struct AnswerDisplayTests {
    /// Reads its first passes only when it is let.
    private final class HesitantTarget: Target {
        private let target = ScriptedTarget()
        private let signal: DispatchSemaphore
        private var passCount = 0

        init(signal: DispatchSemaphore) { self.signal = signal }

        var vocabularyCount: Int { target.vocabularyCount }
        var contextLength: Int { target.contextLength }
        func open() throws -> TargetMemory { target.open() }
        func close(_ memory: TargetMemory) { target.close(memory) }
        func keep(_ count: Int, in memory: TargetMemory) { target.keep(count, in: memory) }
        func read(_ spans: [TargetSpan], capturing states: Set<Int>) throws -> TargetReading {
            passCount += 1
            // After two passes of the prompt it waits for the bar; the limit only keeps a broken test from hanging.
            if passCount == 3 { _ = signal.wait(timeout: .now() + 600) }
            return try target.read(spans, capturing: states)
        }
    }

    @Test func `a bar shows how far a long prompt has been read, and is gone before the answer`() async throws {
        let signal = DispatchSemaphore(value: 0)
        var limits = GenerationService.Limits()
        limits.rowCount = 8
        let service = GenerationService(limits: limits) { HesitantTarget(signal: signal) }
        let written = Mutex("")
        var display = AnswerDisplay(isQuiet: false, isShown: false)
        display.patience = .zero
        display.makeBar = {
            ProgressBar(
                quantity: .counted("tokens"), terminal: { Terminal(isInteractive: true, hasColours: false, width: 80) },
                write: { text in
                    written.withLock { $0 += text }
                    if text.contains("reading") { signal.signal() }
                })
        }
        let job = GenerationJob(
            prompt: Array(repeating: 3, count: 40), sampling: .greedy, stop: try StopCondition(maximumTokenCount: 5))
        let result = try await display.show(service.generate(job))
        #expect(result.tokens.count == 5)
        let text = written.withLock { $0 }
        #expect(text.contains("reading") && text.contains("of 40 tokens"))
        #expect(text.hasSuffix("\r\u{1B}[K"))
    }

    @Test func `quiet displays show nothing`() async throws {
        // Never below the value that it was made with, or it would trap when it goes.
        let signal = DispatchSemaphore(value: 0)
        signal.signal()
        let service = GenerationService { HesitantTarget(signal: signal) }
        var display = AnswerDisplay(isQuiet: true, isShown: false)
        display.patience = .zero
        display.makeBar = {
            Issue.record("A bar was made.")
            return ProgressBar(quantity: .counted("tokens"))
        }
        let job = GenerationJob(prompt: [1, 2], sampling: .greedy, stop: try StopCondition(maximumTokenCount: 3))
        #expect(try await display.show(service.generate(job)).tokens.count == 3)
    }
}
