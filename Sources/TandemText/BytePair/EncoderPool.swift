import Synchronization

/// What an encoder needs while it works, and what it has learnt: used by one call at a time.
struct EncoderState: Sendable {
    var merger = BytePairMerger()
    var cache = WordCache()
}

/// Lends ``EncoderState`` to calls, so that any number of threads may encode at once without waiting for each other.
final class EncoderPool: Sendable {
    private let states = Mutex<[EncoderState]>([])
    /// States beyond this number are let go when they come back.
    private static let keptCount = 8

    /// Calls `body` with a state that nobody else uses.
    func withState(_ body: (inout EncoderState) -> Void) {
        var state = states.withLock { $0.popLast() } ?? EncoderState()
        body(&state)
        let returned = state
        states.withLock { if $0.count < Self.keptCount { $0.append(returned) } }
    }
}
