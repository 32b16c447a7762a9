import TandemMath

/// What a small model knows of one conversation: memory made from the large model's states, and its own rows.
///
///     position   0 ................ absorbedCount ......... position
///                memory rows                 own rows of the block under way
///
/// A round of drafting, where a rejected draft is a move of ``position`` and memory only grows by what the large model
/// has read:
///
///     model.absorb(…)       the states of what the large model has read since
///     cache.beginBlock()    forgets what was drafted
///     model.forward(…)      the first token without a state, then those that are drafted
///
/// A model without memory has nothing but its own rows, of all tokens from 0 on: what it has read and the large model has
/// not confirmed is taken back with ``truncate(to:)``, and what was confirmed and not read is read by
/// ``SmallModel/forward(_:logits:scratch:pool:)``.
public final class TandemCache {
    let memory: KeyValueCache
    let own: KeyValueCache
    /// The large model's last states for every absorbed position, if they are used.
    let lastStates: LastStates
    /// The last of them, projected.
    let lastSum: Matrix
    /// Whether ``lastSum`` is up to date.
    private(set) var hasLastSum = false
    /// Whether the model reads memory at all.
    let hasMemory: Bool

    /// Positions that memory stands for.
    public var absorbedCount: Int { memory.count }
    /// Where the next token that is read stands.
    public var position: Int { own.count }
    /// Positions that the cache may hold.
    public var capacity: Int { own.capacity }
    /// Bytes of memory that it takes now.
    public var byteCount: Int { memory.byteCount + own.byteCount + lastStates.byteCount }

    convenience init(layout: KeyValueLayout, capacity: Int, hasMemory: Bool, lastStateWidth: Int, width: Int) {
        self.init(
            memory: KeyValueCache(layout: layout, capacity: capacity),
            own: KeyValueCache(layout: layout, capacity: capacity), hasMemory: hasMemory,
            lastStates: LastStates(width: lastStateWidth), width: width)
    }

    private init(memory: KeyValueCache, own: KeyValueCache, hasMemory: Bool, lastStates: LastStates, width: Int) {
        self.memory = memory
        self.own = own
        self.hasMemory = hasMemory
        self.lastStates = lastStates
        lastSum = Matrix(rows: lastStates.width > 0 ? 1 : 0, columns: width)
    }

    /// Goes to the end of memory, where a new block begins. Without memory this changes nothing: own rows are all there is.
    public func beginBlock() { if hasMemory { own.move(to: memory.count) } }

    /// Goes to a position where a block begins, without reading what stands before it: training needs own rows only of blocks
    /// in which something is learnt.
    public func beginBlock(at position: Int) { own.move(to: position) }

    /// Takes back what was read from `position` on; memory beyond it goes too.
    public func truncate(to position: Int) {
        precondition(position >= 0, "A cache cannot be cut to \(position).")
        own.move(to: min(position, own.count))
        guard memory.count > position else { return }
        memory.truncate(to: position)
        lastStates.truncate(to: position)
        hasLastSum = false
    }

    /// A cache that knows the first `count` positions, or as many as this one does: of memory; without memory, of own rows.
    ///
    /// This one stays as it is. Full pages are shared (``KeyValueCache/fork(count:)``).
    public func fork(count: Int) -> TandemCache {
        TandemCache(
            memory: memory.fork(count: min(count, memory.count)),
            own: own.fork(count: hasMemory ? 0 : min(count, own.count)), hasMemory: hasMemory,
            lastStates: lastStates.fork(count: count), width: lastSum.columns)
    }

    /// Counts memory rows that were written.
    func appendMemory(rows: Int) {
        memory.append(rows: rows)
        hasLastSum = false
    }

    func keepLastSum(_ row: Int, of sums: Matrix) {
        lastSum.copyRows(1, from: sums, at: row)
        hasLastSum = true
    }

    /// Keys and values that memory holds for a position, layer after layer, as half-precision bits: for tests of equality.
    public func memoryBits(position: Int) -> [UInt16] { memory.bits(position: position) }
}
