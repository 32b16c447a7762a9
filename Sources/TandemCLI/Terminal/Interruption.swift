import Foundation
import Synchronization

/// Turns Ctrl-C and a polite request to stop into something that the program can answer. A second one ends the process
/// at once.
///
/// A signal handler may do next to nothing, so ours writes the signal's number into a pipe; what is to happen is decided by
/// whoever reads it. A signal that nobody answers any more when it is read, because the work ended meanwhile, is forgotten.
enum Interruption {
    /// Runs `body` in a task that is cancelled when it is interrupted, so that files are closed and helper programs stopped.
    ///
    /// - Throws: `CancellationError` when it was interrupted, and what `body` throws.
    static func cancelling<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let task = Task { try await body() }
        return try await handling {
            task.cancel()
        } during: {
            try await task.value
        }
    }

    /// Runs `body`; calls `response` when it is interrupted for the first time.
    static func handling<Result: Sendable>(
        by response: @escaping @Sendable () -> Void, during body: () async throws -> Result
    ) async throws -> Result {
        try await handlingSignals(by: { _ in response() }, during: body)
    }

    /// The same, where it matters whether Ctrl-C was pressed (`SIGINT`) or the program was asked to stop (`SIGTERM`).
    static func handlingSignals<Result: Sendable>(
        by response: @escaping @Sendable (Int32) -> Void, during body: () async throws -> Result
    ) async throws -> Result {
        let answer = Answer(response: response)
        begin(answer, to: [SIGINT, SIGTERM])
        defer { end(answer) }
        return try await body()
    }

    /// Runs `body` while Ctrl-C does nothing but what ``handling(by:during:)`` makes of it: between two answers of a
    /// conversation the terminal changes its mode, and a key that comes just then must not end the program.
    static func withoutEnding<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        let answer = Answer(response: nil)
        begin(answer, to: [SIGINT])
        defer { end(answer) }
        return try await body()
    }

    /// What is to happen when a signal comes.
    private final class Answer: Sendable {
        /// Nil: nothing, however often it comes.
        let response: (@Sendable (Int32) -> Void)?
        let isGiven = Atomic(false)

        init(response: (@Sendable (Int32) -> Void)?) { self.response = response }
    }

    /// Those who answer, innermost last, and what was in force before the first of them.
    private struct Answers {
        var inForce: [(answer: Answer, signals: [Int32])] = []
        var before: [Int32: SignalHandler] = [:]
        var reader: SignalReader?
    }

    private static let answers = Mutex(Answers())

    private static func begin(_ answer: Answer, to signals: [Int32]) {
        answers.withLock { answers in
            if answers.reader == nil { answers.reader = SignalReader(respond) }
            // Without a pipe the signals keep their own action, which ends the process.
            guard answers.reader != nil else { return }
            answers.inForce.append((answer, signals))
            for number in signals where answers.before[number] == nil {
                answers.before[number] = signal(number, writeSignal)
            }
        }
    }

    private static func end(_ answer: Answer) {
        answers.withLock { answers in
            answers.inForce.removeAll { $0.answer === answer }
            let answered = Set(answers.inForce.flatMap(\.signals))
            for (number, before) in answers.before where !answered.contains(number) {
                signal(number, before)
                answers.before[number] = nil
            }
        }
    }

    private static func respond(to number: Int32) {
        let answer = answers.withLock { answers in answers.inForce.last { $0.signals.contains(number) }?.answer }
        guard let answer, let response = answer.response else { return }
        if answer.isGiven.exchange(true, ordering: .relaxed) {
            signal(number, SIG_DFL)
            kill(getpid(), number)
        } else {
            response(number)
        }
    }
}
