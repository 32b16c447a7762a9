/// Decides when a pool's caller does better without its workers.
///
/// Where another program wants a core, the system takes it from a worker for some milliseconds at a time. A worker that held
/// a chunk then keeps everybody waiting for as long: of two threads less is left than one alone would do. So once waiting has
/// taken a good part of the time of late, the caller works alone for a spell; after it, it tries again, and as long as
/// that goes the same way the spells become longer.
///
/// Times are nanoseconds of a clock that never goes back.
struct LoneSpell {
    /// When the present spell ends; 0 if there is none.
    private(set) var end: UInt64 = 0
    private var length = LoneSpell.shortest
    /// When the first of the recent stalls began, how many there were, and how long all of them took.
    private var firstStall: UInt64 = 0
    private var count = 0
    private var stalled: UInt64 = 0

    /// Longer than a pass of a small model, so that trying again costs little.
    static let shortest: UInt64 = 100_000_000
    private static let longest: UInt64 = 1_600_000_000
    /// Waiting that is shorter is for the rest of a chunk.
    private static let leastStall: UInt64 = 1_000_000
    /// Stalls that lie apart so far have nothing to do with each other.
    private static let memory: UInt64 = 50_000_000
    /// What has to come together. One hiccup says nothing, however long: a core that is lost is lost for a whole slice of the
    /// system's time, five milliseconds and more, even to a thread that wants it once in a second.
    private static let leastCount = 3
    private static let patience: UInt64 = 8_000_000
    /// Waiting of which one part in so many is too much.
    private static let share: UInt64 = 4

    /// Whether the caller should work alone now. The clock is read during spells alone.
    mutating func isLone(_ now: () -> UInt64) -> Bool {
        guard end > 0 else { return false }
        if now() < end { return true }
        end = 0
        return false
    }

    /// Takes note that the caller waited for a chunk that somebody else held. Who takes a millisecond for the rest of one has lost
    /// its core; systems take cores away for several.
    mutating func recordStall(from start: UInt64, to now: UInt64) {
        guard now >= start + Self.leastStall else { return }
        if firstStall == 0 || start > firstStall + Self.memory {
            // What went well for a while may go well again soon.
            if start > firstStall + Self.memory + 2 * length { length = Self.shortest }
            firstStall = start
            count = 0
            stalled = 0
        }
        count += 1
        stalled += now - start
        guard count >= Self.leastCount, stalled >= Self.patience, stalled * Self.share >= now - firstStall else {
            return
        }
        end = now + length
        length = min(2 * length, Self.longest)
        firstStall = now
        count = 0
        stalled = 0
    }
}
