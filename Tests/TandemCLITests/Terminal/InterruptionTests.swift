import Foundation
import Synchronization
import Testing

@testable import TandemCLI

/// One test at a time, since a process has but one set of handlers; and each leaves no signal unread, which the next would
/// take for its own.
@Suite(.serialized)
struct InterruptionTests {
    /// Waits until something has happened; the time limit is the test's.
    private func wait(until isTrue: () -> Bool) async throws {
        while !isTrue() { try await Task.sleep(for: .milliseconds(1)) }
    }

    /// Sends this process a signal, whose handler has run when this returns: the thread's own, and not held back, as
    /// threads of the cooperative pool hold back theirs.
    private func send(_ number: Int32) {
        var (signals, before) = (sigset_t(), sigset_t())
        sigemptyset(&signals)
        sigaddset(&signals, number)
        pthread_sigmask(SIG_UNBLOCK, &signals, &before)
        raise(number)
        pthread_sigmask(SIG_SETMASK, &before, nil)
    }

    /// Waits until every signal so far has been read: they are read in their order, and this sends one more.
    private func readAll() async throws {
        let isRead = Atomic(false)
        try await Interruption.handling {
            isRead.store(true, ordering: .relaxed)
        } during: {
            // Unread ones are answered here, where they do nothing.
            try await Interruption.handling(endsAtSecond: false, by: {}) {
                send(SIGTERM)
                try await wait { isRead.load(ordering: .relaxed) }
            }
        }
    }

    @Test(.timeLimit(.minutes(5))) func `the innermost work answers, once each time`() async throws {
        let outer = Atomic(0)
        for round in 1...20 {
            let inner = Atomic(0)
            try await Interruption.handling {
                outer.add(1, ordering: .relaxed)
            } during: {
                try await Interruption.handling {
                    inner.add(1, ordering: .relaxed)
                } during: {
                    send(SIGINT)
                    try await wait { inner.load(ordering: .relaxed) == 1 }
                }
                send(SIGTERM)
                try await wait { outer.load(ordering: .relaxed) == round }
            }
        }
    }

    @Test(.timeLimit(.minutes(5))) func `between two works of a conversation nothing ends the program`() async throws {
        try await Interruption.withoutEnding {
            try await Interruption.handling(by: {}) {}
            send(SIGINT)
            // It may be read only now, and stop this work; nothing more.
            try await Interruption.handling(by: {}) { try await Task.sleep(for: .milliseconds(2)) }
            try await readAll()
        }
    }

    @Test(.timeLimit(.minutes(5))) func `an answer of a conversation may be stopped again and again`() async throws {
        try await Interruption.withoutEnding {
            let count = Atomic(0)
            try await Interruption.handling(endsAtSecond: false) {
                count.add(1, ordering: .relaxed)
            } during: {
                for round in 1...3 {
                    send(SIGINT)
                    try await wait { count.load(ordering: .relaxed) == round }
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(5))) func `work that is interrupted at once does not end the program`() async throws {
        for _ in 1...100 {
            await #expect(throws: CancellationError.self) {
                try await Interruption.cancelling {
                    // The signal's own action would end this process.
                    send(SIGTERM)
                    while true { try await Task.sleep(for: .milliseconds(1)) }
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(5))) func `interrupted work is cancelled`() async {
        await #expect(throws: CancellationError.self) {
            try await Interruption.cancelling {
                send(SIGINT)
                while true { try await Task.sleep(for: .milliseconds(1)) }
            }
        }
    }
}
