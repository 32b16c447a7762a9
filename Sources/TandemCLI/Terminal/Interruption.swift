import Foundation
import Synchronization

/// Turns Ctrl-C and a polite request to stop into something that the program can answer. A second one ends the process
/// at once, except in a conversation.
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
        // It begins once the signals are ours: one that came before would end the program and leave behind what it writes.
        let (gate, opening) = AsyncStream.makeStream(of: Never.self)
        let task = Task {
            for await _ in gate {}
            return try await body()
        }
        return try await handling {
            task.cancel()
        } during: {
            opening.finish()
            return try await task.value
        }
    }

    /// Runs `body`; calls `response` when it is interrupted.
    ///
    /// - Parameters:
    ///   - endsAtSecond: Whether a second interruption ends the process. If not, Ctrl-C only ever calls `response`, which
    ///     must bear to be called again, and other signals do what they do without `body`.
    ///   - response: What is to happen.
    ///   - body: The work.
    static func handling<Result: Sendable>(
        endsAtSecond: Bool = true, by response: @escaping @Sendable () -> Void, during body: () async throws -> Result
    ) async throws -> Result {
        let answer = Answer(endsAtSecond ? .once { _ in response() } : .always(response))
        begin(answer, to: endsAtSecond ? [SIGINT, SIGTERM] : [SIGINT])
        defer { end(answer) }
        return try await body()
    }

    /// Runs `body`; calls `response` with the signal when it is interrupted for the first time. It matters to some whether
    /// Ctrl-C was pressed (`SIGINT`) or the program was asked to stop (`SIGTERM`).
    static func handlingSignals<Result: Sendable>(
        by response: @escaping @Sendable (Int32) -> Void, during body: () async throws -> Result
    ) async throws -> Result {
        let answer = Answer(.once(response))
        begin(answer, to: [SIGINT, SIGTERM])
        defer { end(answer) }
        return try await body()
    }

    /// Runs `body`, a conversation, while Ctrl-C does nothing but what ``handling(endsAtSecond:by:during:)`` makes of it:
    /// between two answers the terminal changes its mode, and a key that comes just then must not end the program.
    ///
    /// - Parameters:
    ///   - restore: Puts the terminal right before any other signal ends the process.
    ///   - body: The conversation.
    static func withoutEnding<Result>(
        restoring restore: @escaping @Sendable () -> Void = {}, _ body: () async throws -> Result
    ) async rethrows -> Result {
        let (silence, farewell) = (Answer(.never), Answer(.ending))
        answers.withLock { $0.restore = restore }
        begin(silence, to: [SIGINT])
        begin(farewell, to: [SIGTERM, SIGHUP, SIGQUIT])
        defer {
            end(silence)
            end(farewell)
            answers.withLock { $0.restore = nil }
        }
        return try await body()
    }

    /// What is to happen when a signal comes.
    private final class Answer: Sendable {
        enum Effect: Sendable {
            /// Nothing, however often it comes.
            case never
            /// Something each time.
            case always(@Sendable () -> Void)
            /// Something, by the signal; the second time the process ends.
            case once(@Sendable (Int32) -> Void)
            /// The process ends.
            case ending
        }

        let effect: Effect
        let isGiven = Atomic(false)

        init(_ effect: Effect) { self.effect = effect }
    }

    /// Those who answer, innermost last, and what was in force before the first of them.
    private struct Answers {
        var inForce: [(answer: Answer, signals: [Int32])] = []
        var before: [Int32: SignalHandler] = [:]
        var reader: SignalReader?
        /// What must be put right before a signal ends the process.
        var restore: (@Sendable () -> Void)?
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
        guard let answer else { return }
        switch answer.effect {
        case .never: break
        case .always(let response): response()
        case .once(let response):
            if answer.isGiven.exchange(true, ordering: .relaxed) { endProcess(by: number) } else { response(number) }
        case .ending: endProcess(by: number)
        }
    }

    /// Ends the process as the signal does by itself.
    private static func endProcess(by number: Int32) {
        // From here on another one ends it at once, should the terminal not answer.
        signal(number, SIG_DFL)
        let restore = answers.withLock { $0.restore }
        restore?()
        kill(getpid(), number)
    }
}
