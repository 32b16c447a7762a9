import Synchronization

/// Where the decoding thread puts one answer's events and its reader finds them.
final class Mailbox: Sendable {
    private struct State {
        var events: [GenerationEvent] = []
        var firstUnread = 0
        /// Set when no event will follow.
        var end: Result<Void, any Error>?
        var waiter: CheckedContinuation<GenerationEvent?, any Error>?
        var isStopped = false
        var isAbandoned = false
        var promptProgress: PromptProgress?

        var unreadCount: Int { events.count - firstUnread }

        mutating func takeEvent() -> GenerationEvent? {
            guard unreadCount > 0 else { return nil }
            let event = events[firstUnread]
            firstUnread += 1
            if firstUnread == events.count {
                events.removeAll(keepingCapacity: true)
                firstUnread = 0
            }
            return event
        }
    }

    /// How many events may wait for the reader before the answer is paused.
    static let capacity = 256

    private let state = Mutex(State())
    /// Tells the decoding thread that something has changed that it may be waiting for.
    private let wake: @Sendable () -> Void

    init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    // MARK: The decoding thread's side

    /// Whether the reader has fallen behind.
    var isFull: Bool { state.withLock { $0.unreadCount >= Mailbox.capacity } }

    /// Whether nobody wants the rest.
    var isStopped: Bool { state.withLock { $0.isStopped || $0.isAbandoned } }

    func deliver(_ event: GenerationEvent) {
        let waiter = state.withLock { state -> CheckedContinuation<GenerationEvent?, any Error>? in
            guard !state.isAbandoned else { return nil }
            guard let waiter = state.waiter else {
                state.events.append(event)
                return nil
            }
            state.waiter = nil
            return waiter
        }
        waiter?.resume(returning: event)
    }

    /// The prompt has been read so far.
    func note(_ progress: PromptProgress) { state.withLock { $0.promptProgress = progress } }

    /// No event will follow.
    func finish(_ end: Result<Void, any Error>) {
        let waiter = state.withLock { state -> CheckedContinuation<GenerationEvent?, any Error>? in
            state.end = state.end ?? end
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(with: end.map { nil })
    }

    // MARK: The reader's side

    func next() async throws -> GenerationEvent? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                enum Answer { case event(GenerationEvent?), failure(any Error), wait }
                let (answer, wasFull) = state.withLock { state -> (Answer, Bool) in
                    let wasFull = state.unreadCount == Mailbox.capacity
                    if state.isAbandoned { return (.event(nil), false) }
                    if let event = state.takeEvent() { return (.event(event), wasFull) }
                    switch state.end {
                    case .success?: return (.event(nil), false)
                    case .failure(let error)?:
                        state.end = .success(())
                        return (.failure(error), false)
                    case nil: break
                    }
                    precondition(state.waiter == nil, "A token stream has one reader; another is waiting already.")
                    state.waiter = continuation
                    return (.wait, false)
                }
                if wasFull { wake() }
                switch answer {
                case .event(let event): continuation.resume(returning: event)
                case .failure(let error): continuation.resume(throwing: error)
                case .wait: break
                }
            }
        } onCancel: {
            abandon()
        }
    }

    /// How far the prompt has been read, once that has begun.
    var promptProgress: PromptProgress? { state.withLock { $0.promptProgress } }

    /// The answer should end; what was said is still read.
    func stop() {
        state.withLock { $0.isStopped = true }
        wake()
    }

    /// Nobody reads any more.
    func abandon() {
        let (waiter, isNew) = state.withLock { state -> (CheckedContinuation<GenerationEvent?, any Error>?, Bool) in
            let isNew = !state.isAbandoned && state.end == nil
            state.isAbandoned = true
            state.events = []
            state.firstUnread = 0
            defer { state.waiter = nil }
            return (state.waiter, isNew)
        }
        waiter?.resume(returning: nil)
        if isNew { wake() }
    }
}
