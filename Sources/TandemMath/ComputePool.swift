internal import CTandemKernels
internal import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Threads that share one region of work at a time.
///
/// A region is `chunkCount` calls of one closure. The calling thread takes part, so a pool of *n* threads starts
/// *n* − 1 workers. Chunks are claimed one by one, never dealt out in advance: when the system takes a core away, the
/// other threads do its share, and the caller waits only for chunks that a worker has really begun. Where that is often and
/// long, because another program wants the core, the caller works alone for a while (`LoneSpell`).
///
///     let pool = ComputePool(threadCount: 2)
///     pool.run(chunkCount: 64) { chunk in multiplyRows(of: chunk) }
///
/// Which thread does which chunk is chance. A result does not depend on it as long as each chunk writes a place of its
/// own, which is the caller's duty.
///
/// ### How a region runs
///
/// Everything turns on one atomic word, the *ticket*: the region's number in its upper bits and the count of
/// chunks not yet claimed in its lower ones.
///
///         caller                                     worker
///         ──────                                     ──────
///         body, chunkCount := …                      load ticket               (relaxed) ◄─┐
///         finished := 0             (relaxed)        remaining = 0? pause, look again ─────┘
///         ticket := (region + 1, n) (release) ─┐
///         parked > 0? wake them                └───► ticket: (r, k) → (r, k − 1)   CAS (acquire)
///         claim by CAS, run chunks             │     run chunk n − k of body
///             until remaining = 0              │     … until remaining = 0
///         finished = n − own?      (acquire) ◄─┴───  finished += chunks done       (release)
///         return
///
/// - A worker reads `body` and `chunkCount` only after it has claimed a chunk. From then on the region cannot end before
///   the worker has reported, so what it reads cannot change under it. Its acquire pairs with the caller's
///   release; claims in between are read-modify-writes and so continue the release sequence.
/// - A worker that was stopped between its load and its compare-and-swap finds another region number (or fewer chunks)
///   and fails: nobody claims into a region that they have not read. The number has 40 bits; to be
///   fooled, a worker would have to sleep through 2⁴⁰ regions.
/// - A worker without work spins for `spinDuration` nanoseconds, then sleeps. It raises `parked` and then looks at the ticket once more;
///   the caller writes the ticket and then looks at `parked`. All four are sequentially consistent, so at least one of the two sees the
///   other, and no region is slept through.
public final class ComputePool: @unchecked Sendable {
    // Unchecked, because the region is plain memory whose hand-over the ticket orders (see above).

    /// Threads that take part in a region, the caller included.
    public let threadCount: Int
    private let shared: SharedState
    private let threads: [pthread_t]

    /// Starts `threadCount` − 1 workers; with one thread there are none, and a region is a plain loop.
    ///
    /// If the system refuses a thread, the pool works with those that it got: ``threadCount`` tells.
    public init(threadCount: Int = ComputePool.defaultThreadCount) {
        precondition(threadCount >= 1, "A compute pool has at least one thread, the caller's own.")
        let shared = SharedState()
        var threads: [pthread_t] = []
        while threads.count < threadCount - 1, let thread = startWorker(shared) { threads.append(thread) }
        self.shared = shared
        self.threads = threads
        self.threadCount = threads.count + 1
    }

    deinit {
        shared.stop()
        for thread in threads { pthread_join(thread, nil) }
    }

    /// Calls `body` once for each chunk in `0..<chunkCount`, on all threads, and returns when all are done.
    ///
    /// The order of chunks and the thread of each are open; `body` must be safe to call from several threads at once.
    /// A pool serves one region at a time: a call from inside a body, or from a second thread while a region is
    /// under way, does its chunks alone, in order, on the calling thread.
    public func run(chunkCount: Int, _ body: (Int) -> Void) {
        precondition(chunkCount >= 0, "A region has a number of chunks, not \(chunkCount).")
        guard !threads.isEmpty, chunkCount > 1, chunkCount <= Ticket.maximumChunkCount, shared.acquire() else {
            for chunk in 0..<chunkCount { body(chunk) }
            return
        }
        if shared.isLone {
            for chunk in 0..<chunkCount { body(chunk) }
        } else {
            withoutActuallyEscaping(body) { body in
                withUnsafePointer(to: body) { shared.runRegion(Region(body: $0, chunkCount: chunkCount)) }
            }
        }
        shared.release()
    }

    /// Splits `0..<count` into ranges of `grain` elements (the last one may be shorter) and calls `body` once for each,
    /// on all threads.
    public func run(over count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
        precondition(count >= 0 && grain > 0, "Cannot split \(count) elements into ranges of \(grain).")
        run(chunkCount: (count + grain - 1) / grain) { chunk in
            body(chunk * grain..<min(count, (chunk + 1) * grain))
        }
    }
}

/// The number of a region and how many of its chunks nobody has claimed.
private enum Ticket {
    static let countBits: UInt64 = 24
    static let countMask: UInt64 = 1 << countBits - 1
    static let maximumChunkCount = Int(countMask)

    static func remaining(_ ticket: UInt64) -> Int { Int(ticket & countMask) }

    static func next(after ticket: UInt64, chunkCount: Int) -> UInt64 {
        (((ticket >> countBits) &+ 1) << countBits) | UInt64(chunkCount)
    }
}

/// What a worker needs to do a chunk. The closure lives on the caller's stack until the region ends.
private struct Region {
    var body: UnsafePointer<(Int) -> Void>
    var chunkCount: Int
}

/// A cache line and its neighbour, which processors fetch along with it.
private struct CacheLines {
    var words:
        (
            UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64,
            UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64
        ) = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
}

/// What the threads of a pool share. It outlives the pool until the last worker has left.
private final class SharedState: @unchecked Sendable {
    private let ticket = Atomic<UInt64>(0)
    private let stopping = Atomic<Bool>(false)
    private let region = UnsafeMutablePointer<Region?>.allocate(capacity: 1)
    private let paddingA = CacheLines()
    private let finished = Atomic<Int>(0)
    private let paddingB = CacheLines()
    private let parked = Atomic<Int>(0)
    private let isOwned = Atomic<Bool>(false)
    /// The owner's alone.
    private let loneSpell = UnsafeMutablePointer<LoneSpell>.allocate(capacity: 1)
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        region.initialize(to: nil)
        loneSpell.initialize(to: LoneSpell())
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
        region.deallocate()
        loneSpell.deallocate()
    }

    // MARK: The caller's side

    /// Makes the calling thread the one whose region runs; false if there is one already.
    func acquire() -> Bool { !isOwned.exchange(true, ordering: .acquiring) }

    func release() { isOwned.store(false, ordering: .releasing) }

    func runRegion(_ next: Region) {
        region.pointee = next
        finished.store(0, ordering: .relaxed)
        let opened = Ticket.next(after: ticket.load(ordering: .relaxed), chunkCount: next.chunkCount)
        ticket.store(opened, ordering: .sequentiallyConsistent)
        if parked.load(ordering: .sequentiallyConsistent) > 0 { wakeAll() }
        let own = runChunks()
        waitUntilFinished(next.chunkCount - own)
    }

    /// Whether the owner's regions are for itself alone at present.
    var isLone: Bool { loneSpell.pointee.isLone(monotonicNanoseconds) }

    private func waitUntilFinished(_ count: Int) {
        for _ in 0..<ComputePool.spinsBeforeYield {
            if finished.load(ordering: .acquiring) == count { return }
            tk_pause()
        }
        let start = monotonicNanoseconds()
        while finished.load(ordering: .acquiring) != count {
            // The worker that holds a chunk may be waiting for this very core.
            sched_yield()
        }
        loneSpell.pointee.recordStall(from: start, to: monotonicNanoseconds())
    }

    private func wakeAll() {
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }

    func stop() {
        stopping.store(true, ordering: .sequentiallyConsistent)
        wakeAll()
    }

    // MARK: Both sides

    /// Claims and runs chunks until none is left; returns how many.
    ///
    /// Not inlined: the closure's reference, taken here, must be given back before the chunks are reported.
    @inline(never)
    private func runChunks() -> Int {
        guard let first = claim(), let region = region.pointee else { return 0 }
        let body = region.body.pointee
        body(region.chunkCount - first)
        var done = 1
        while let remaining = claim() {
            body(region.chunkCount - remaining)
            done += 1
        }
        return done
    }

    /// Takes one chunk; returns how many were left before, or nil if there was none.
    private func claim() -> Int? {
        var seen = ticket.load(ordering: .relaxed)
        while Ticket.remaining(seen) > 0 {
            let (taken, current) = ticket.weakCompareExchange(
                expected: seen, desired: seen - 1, successOrdering: .acquiring, failureOrdering: .relaxed)
            if taken { return Ticket.remaining(seen) }
            seen = current
        }
        return nil
    }

    // MARK: The worker's side

    func workUntilStopped() {
        while waitForWork() {
            let done = runChunks()
            if done > 0 { finished.add(done, ordering: .releasing) }
        }
    }

    /// Returns true when there may be chunks to claim, false when the pool ends.
    private func waitForWork() -> Bool {
        var deadline: UInt64 = 0
        while true {
            for _ in 0..<64 {
                if Ticket.remaining(ticket.load(ordering: .relaxed)) > 0 { return true }
                tk_pause()
            }
            if stopping.load(ordering: .relaxed) { return false }
            let now = monotonicNanoseconds()
            if deadline == 0 {
                deadline = now + ComputePool.spinDuration
            } else if now >= deadline {
                park()
                deadline = 0
            }
        }
    }

    private func park() {
        pthread_mutex_lock(mutex)
        parked.add(1, ordering: .sequentiallyConsistent)
        while Ticket.remaining(ticket.load(ordering: .sequentiallyConsistent)) == 0,
            !stopping.load(ordering: .sequentiallyConsistent)
        {
            pthread_cond_wait(condition, mutex)
        }
        parked.subtract(1, ordering: .relaxed)
        pthread_mutex_unlock(mutex)
    }
}

extension ComputePool {
    /// How long a worker spins before it sleeps, in nanoseconds: longer than the gaps between the regions of a forward
    /// pass and than choosing a token, far shorter than what a person or a power meter notices.
    static let spinDuration: UInt64 = 150_000

    /// Pauses (some 20 to 60 ns each) after which the waiting caller begins to yield its core.
    static let spinsBeforeYield = 2_000
}

private func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Starts a thread that works for `shared`; nil if the system refuses.
private func startWorker(_ shared: SharedState) -> pthread_t? {
    var attributes = pthread_attr_t()
    guard pthread_attr_init(&attributes) == 0 else { return nil }
    defer { pthread_attr_destroy(&attributes) }
    // The same on every system: kernels keep tiles on the stack, in unoptimised builds a megabyte of them, and the defaults run
    // from 128 KB to 8 MB.
    pthread_attr_setstacksize(&attributes, 4 << 20)
    let context = Unmanaged.passRetained(shared)
    #if canImport(Darwin)
        var thread: pthread_t?
        let status = pthread_create(&thread, &attributes, { runWorker($0) }, context.toOpaque())
    #else
        var thread = pthread_t()
        let status = pthread_create(&thread, &attributes, { $0.flatMap(runWorker) }, context.toOpaque())
    #endif
    guard status == 0 else {
        context.release()
        return nil
    }
    return thread
}

private func runWorker(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    let shared = Unmanaged<SharedState>.fromOpaque(context).takeRetainedValue()
    #if canImport(Darwin)
        pthread_setname_np("tandem-compute")
        pthread_set_qos_class_self_np(QOS_CLASS_USER_INITIATED, 0)
    #else
        nameThisThread("tandem-compute")
    #endif
    shared.workUntilStopped()
    return nil
}

#if !canImport(Darwin)
    /// Shows in `top -H`. The C function for it is hidden behind `_GNU_SOURCE`; the kernel's file does the same.
    private func nameThisThread(_ name: String) {
        let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = name.withCString { write(descriptor, $0, name.utf8.count) }
        close(descriptor)
    }
#endif
