import Foundation
import Synchronization
import Testing

@testable import TandemCLI

/// The signals come from this very process; one test at a time, since a process has but one set of handlers.
@Suite(.serialized)
struct InterruptionTests {
    /// Waits until something has happened; the time limit is the test's.
    private func wait(until isTrue: () -> Bool) async throws {
        while !isTrue() { try await Task.sleep(for: .milliseconds(1)) }
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
                    kill(getpid(), SIGINT)
                    try await wait { inner.load(ordering: .relaxed) == 1 }
                }
                kill(getpid(), SIGTERM)
                try await wait { outer.load(ordering: .relaxed) == round }
            }
        }
    }

    @Test func `between two works of a conversation nothing ends the program`() async throws {
        try await Interruption.withoutEnding {
            try await Interruption.handling(by: {}) {}
            kill(getpid(), SIGINT)
            // It may be read only now, and stop this work; nothing more.
            try await Interruption.handling(by: {}) { try await Task.sleep(for: .milliseconds(2)) }
        }
    }

    @Test(.timeLimit(.minutes(5))) func `an answer of a conversation may be stopped again and again`() async throws {
        try await Interruption.withoutEnding {
            let count = Atomic(0)
            try await Interruption.handling(endsAtSecond: false) {
                count.add(1, ordering: .relaxed)
            } during: {
                for round in 1...3 {
                    kill(getpid(), SIGINT)
                    try await wait { count.load(ordering: .relaxed) == round }
                }
            }
        }
    }

    @Test func `interrupted work is cancelled`() async {
        await #expect(throws: CancellationError.self) {
            try await Interruption.cancelling {
                kill(getpid(), SIGINT)
                while true { try await Task.sleep(for: .milliseconds(1)) }
            }
        }
    }
}
