import Dispatch
import Foundation
import Synchronization
public import TandemDecoding
public import TandemMath

/// Answers many requests at once on one thread of its own.
///
///     generate(job) ─────► queue ─────► decoding thread: DecodingLoop over all conversations ──► mailbox of each
///     TokenStream ◄──────────────────────────────────────────────────────────────────────────────────┘
///
/// The model never runs on Swift's cooperative threads, so that no other task waits for it; and one thread owns the
/// model's memories, so that they need no locks. Between two passes the thread looks for new requests, for readers that have left, and
/// for readers that have caught up. Without work it sleeps.
public final class GenerationService: Sendable {
    /// How much is kept in memory.
    public struct Limits: Sendable, Hashable, Codable {
        /// Answers under way at once; more wait their turn.
        public var conversationCount = 16
        /// Finished conversations whose memory is kept, in case another begins alike.
        public var retainedCount = 1
        /// Tokens that the model reads in one pass.
        public var rowCount = 512

        /// The defaults.
        public init() {}
    }

    private let queue = JobQueue()

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - limits: How much is kept in memory.
    ///   - pool: Threads that small models draft with.
    ///   - makeTarget: Called once, on that thread.
    public init(
        limits: Limits = Limits(), pool: ComputePool = ComputePool(threadCount: 1),
        makeTarget: @escaping @Sendable () -> any Target
    ) {
        let queue = queue
        let thread = Thread {
            DecodingThread(limits: limits, target: makeTarget(), pool: pool, queue: queue).run()
        }
        thread.name = "tandem-decoding"
        thread.stackSize = 4 << 20
        thread.start()
    }

    deinit { queue.close() }

    /// Begins an answer. Errors come through the stream.
    public func generate(_ job: GenerationJob) -> TokenStream {
        let queue = queue
        let mailbox = Mailbox(wake: { queue.wake() })
        queue.add(job, mailbox)
        return TokenStream(mailbox: mailbox, service: self)
    }
}

/// Requests on their way to the decoding thread.
final class JobQueue: Sendable {
    private struct State {
        var waiting: [(job: GenerationJob, mailbox: Mailbox)] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let signal = DispatchSemaphore(value: 0)

    func add(_ job: GenerationJob, _ mailbox: Mailbox) {
        state.withLock { $0.waiting.append((job, mailbox)) }
        wake()
    }

    func wake() { signal.signal() }

    func close() {
        state.withLock { $0.isClosed = true }
        wake()
    }

    /// Blocks until something may have changed.
    func wait() { signal.wait() }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// The oldest request.
    func next() -> (job: GenerationJob, mailbox: Mailbox)? {
        state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }
    }

    /// Takes out requests whose readers have left.
    func removeStopped() -> [Mailbox] {
        state.withLock { state in
            let stopped = state.waiting.filter { $0.mailbox.isStopped }.map(\.mailbox)
            if !stopped.isEmpty { state.waiting.removeAll { entry in stopped.contains { $0 === entry.mailbox } } }
            return stopped
        }
    }
}
