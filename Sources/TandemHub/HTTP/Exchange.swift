import Foundation
import Synchronization

/// Takes an answer as it comes in. Calls come one at a time, in order, on a thread that may block.
///
/// Throwing ends the transfer; the error comes out of ``HTTPClient/get(_:fields:consumer:policy:)``.
protocol ResponseConsumer: Sendable {
    func begin(_ head: ResponseHead) throws
    func consume(_ bytes: Data) throws
}

/// One request under way: the bridge between URLSession's callbacks and the task that waits for the end.
final class Exchange: Sendable {
    private struct State {
        var continuation: CheckedContinuation<ResponseHead, any Error>?
        var result: Result<ResponseHead, any Error>?
        var head: ResponseHead?
        var failure: (any Error)?
        var activityCount = 0
    }

    private let state = Mutex(State())
    private let consumer: any ResponseConsumer

    init(consumer: any ResponseConsumer) {
        self.consumer = consumer
    }

    /// Bytes so far, plus one for the head: what the speed is judged by.
    var activityCount: Int { state.withLock { $0.activityCount } }

    /// Whether callbacks still matter.
    var hasFailed: Bool { state.withLock { $0.failure != nil || $0.result != nil } }

    func value() async throws -> ResponseHead {
        try await withCheckedThrowingContinuation { continuation in
            let result = state.withLock { state -> Result<ResponseHead, any Error>? in
                if state.result == nil { state.continuation = continuation }
                return state.result
            }
            if let result { continuation.resume(with: result) }
        }
    }

    /// Returns whether the transfer should go on.
    func begin(_ head: ResponseHead) -> Bool {
        let isFirst = state.withLock { state -> Bool in
            guard state.head == nil, state.failure == nil else { return false }
            state.head = head
            state.activityCount += 1
            return true
        }
        return isFirst ? attempt { try consumer.begin(head) } : !hasFailed
    }

    /// Returns whether the transfer should go on.
    func consume(_ bytes: Data) -> Bool {
        guard !hasFailed else { return false }
        return attempt {
            try consumer.consume(bytes)
            state.withLock { $0.activityCount += bytes.count }
        }
    }

    /// Ends the exchange from our side. The first failure is the one that counts.
    func fail(_ error: any Error) {
        state.withLock { state in
            if state.failure == nil { state.failure = error }
        }
    }

    /// The last callback.
    func complete(_ error: (any Error)?) {
        let (continuation, result) = state.withLock { state in
            let result: Result<ResponseHead, any Error>
            if let failure = state.failure ?? error {
                result = .failure(failure)
            } else if let head = state.head {
                result = .success(head)
            } else {
                result = .failure(TransferFailure.transient("the connection was closed without an answer"))
            }
            if state.result == nil { state.result = result }
            defer { state.continuation = nil }
            return (state.continuation, state.result ?? result)
        }
        continuation?.resume(with: result)
    }

    private func attempt(_ body: () throws -> Void) -> Bool {
        do {
            try body()
            return true
        } catch {
            fail(error)
            return false
        }
    }
}
