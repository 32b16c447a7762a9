public import TandemMath
public import TandemModels

/// A trained small model as a ``DraftModel``: weights that many may share, and the caches of the conversations that it
/// drafts for.
///
/// States of the large model become memory rows when a block is drafted, for all conversations in one pass; until then
/// they are only copied. While nothing is drafted, then, the small model costs nothing but a few kilobytes.
public final class TandemDraftModel: DraftModel {
    /// Always ``DraftSource/tandem``.
    public var source: DraftSource { .tandem }
    /// Those of the small model's head.
    private let columns: DraftColumns
    /// What it reads of the large model.
    public let capturedStates: Set<Int>
    private let model: SmallModel
    private let contextLength: Int
    private let pool: ComputePool
    private let scratch: SmallScratch
    private var seats: [Int: Seat] = [:]
    private var nextNumber = 0
    /// States of several conversations on their way into memory.
    private let staging: StateBuffer

    /// What is known of one conversation.
    private final class Seat {
        let cache: TandemCache
        let waiting: StateBuffer
        var columns: ConversationColumns
        /// The last confirmed token.
        var last = 0

        init(cache: TandemCache, waiting: StateBuffer, columns: ConversationColumns) {
            self.cache = cache
            self.waiting = waiting
            self.columns = columns
        }

        /// Tokens whose states were given.
        var stateCount: Int { cache.absorbedCount + waiting.count }
    }

    /// States wait in vain no longer than this: more of them would be a burden to keep.
    private static let waitingLimit = 64
    /// Room for a whole chunk of a prompt, side by side for each projection, would be megabytes that nothing needs afterwards.
    private static let absorbedAtOnce = 64

    /// A model for conversations of up to `contextLength` tokens.
    public init(_ model: SmallModel, contextLength: Int, pool: ComputePool) {
        precondition(model.configuration.memory != .none, "A small model without memory drafts independently.")
        self.model = model
        self.contextLength = contextLength
        self.pool = pool
        let configuration = model.configuration
        columns = DraftColumns(configuration.draftVocabulary)
        capturedStates = configuration.capturedStates
        scratch = SmallScratch(configuration)
        staging = StateBuffer(configuration.capturedStates, width: configuration.largeWidth)
    }

    /// Bytes that all memories take.
    public var byteCount: Int { seats.values.reduce(0) { $0 + $1.cache.byteCount } }

    /// Memories in use.
    public var openCount: Int { seats.count }

    // MARK: One conversation

    func open() -> DraftMemory {
        defer { nextNumber += 1 }
        seats[nextNumber] = Seat(
            cache: model.makeCache(capacity: contextLength),
            waiting: StateBuffer(capturedStates, width: model.configuration.largeWidth), columns: makeColumns())
        return DraftMemory(number: nextNumber)
    }

    /// A memory that knows what another does of the first `count` tokens.
    func fork(_ memory: DraftMemory, count: Int) -> DraftMemory {
        let seat = seat(memory)
        let cache = seat.cache.fork(count: count)
        let waiting = StateBuffer(capturedStates, width: model.configuration.largeWidth)
        waiting.append(seat.waiting.all.prefix(max(0, count - cache.absorbedCount)))
        defer { nextNumber += 1 }
        seats[nextNumber] = Seat(cache: cache, waiting: waiting, columns: makeColumns())
        return DraftMemory(number: nextNumber)
    }

    private func makeColumns() -> ConversationColumns {
        ConversationColumns(columns, extra: model.makeDynamicVocabulary(limit: ConversationColumns.limit))
    }

    func close(_ memory: DraftMemory) { seats[memory.number] = nil }

    /// Tokens of its text that the head does not have become columns as well.
    public func columns(of memory: DraftMemory) -> DraftColumns { seat(memory).columns.columns }

    func confirm(_ tokens: [Int], in memory: DraftMemory) {
        guard let last = tokens.last else { return }
        let seat = seat(memory)
        seat.last = last
        seat.columns.insert(tokens)
    }

    /// How many tokens can be drafted before the cache is full.
    func room(in memory: DraftMemory) -> Int { contextLength - seat(memory).stateCount }

    /// Forgets the states of all but the first `count` tokens, and what was confirmed, which is told anew; returns of how many
    /// tokens there are states.
    func keep(_ count: Int, in memory: DraftMemory) -> Int {
        let seat = seat(memory)
        seat.columns.removeAll()
        seat.waiting.truncate(to: max(0, min(seat.waiting.count, count - seat.cache.absorbedCount)))
        seat.cache.truncate(to: count)
        return min(count, seat.stateCount)
    }

    func absorb(_ states: StateRows, in memory: DraftMemory) throws {
        let seat = seat(memory)
        precondition(states.position <= seat.stateCount, "States of tokens in between were not given.")
        let states = states.from(seat.stateCount)
        guard seat.waiting.count + states.rows.count > Self.waitingLimit else {
            return seat.waiting.append(states)
        }
        try absorbWaiting([seat])
        for first in stride(from: states.rows.lowerBound, to: states.rows.upperBound, by: Self.absorbedAtOnce) {
            let rows = first..<min(first + Self.absorbedAtOnce, states.rows.upperBound)
            try model.absorb(
                [MemorySpan(cache: seat.cache, rows: rows)], hiddenStates: states.hiddenStates, scratch: scratch,
                pool: pool)
        }
    }

    // MARK: Blocks

    /// Makes memory of the states that wait and reads the last token of each conversation.
    public func begin(_ memories: [DraftMemory]) throws -> Matrix {
        let seats = memories.map(seat)
        try absorbWaiting(seats)
        for seat in seats { seat.cache.beginBlock() }
        return try read(zip(seats, seats.map(\.last)))
    }

    /// Reads a token more.
    public func extend(_ memories: [DraftMemory], by tokens: [Int]) throws -> Matrix {
        try read(zip(memories.map(seat), tokens))
    }

    private func read(_ news: some Sequence<(Seat, Int)>) throws -> Matrix {
        let spans = news.map { seat, token in
            SmallSpan(cache: seat.cache, tokens: [token], extra: seat.columns.extra)
        }
        return try model.forward(spans, scratch: scratch, pool: pool).logits
    }

    private func absorbWaiting(_ seats: [Seat]) throws {
        let waiting = seats.filter { $0.waiting.count > 0 }
        guard let first = waiting.first else { return }
        let states: StateBuffer
        if waiting.count == 1 {
            states = first.waiting
        } else {
            states = staging
            staging.truncate(to: 0)
            for seat in waiting { staging.append(seat.waiting.all) }
        }
        var row = 0
        let spans = waiting.map { seat in
            defer { row += seat.waiting.count }
            return MemorySpan(cache: seat.cache, rows: row..<row + seat.waiting.count)
        }
        try model.absorb(spans, hiddenStates: states.hiddenStates, scratch: scratch, pool: pool)
        for seat in waiting { seat.waiting.truncate(to: 0) }
    }

    private func seat(_ memory: DraftMemory) -> Seat {
        guard let seat = seats[memory.number] else {
            preconditionFailure("A drafter's memory was used after it was closed.")
        }
        return seat
    }
}
