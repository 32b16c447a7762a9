public import TandemMath
public import TandemModels

/// An ordinary small model as a ``DraftModel``: another model with the same vocabulary, or a small model that was trained
/// without memory.
///
/// It catches up by itself: a block begins with all confirmed tokens that its cache does not hold. Guesses that stood are
/// there already.
public final class IndependentDraftModel: DraftModel {
    /// Always ``DraftSource/independent``.
    public var source: DraftSource { .independent }
    /// Those of the model's head.
    private let columns: DraftColumns
    private let model: OrdinaryModel
    private let contextLength: Int
    private let pool: ComputePool
    private var seats: [Int: Seat] = [:]
    private var nextNumber = 0

    /// What is known of one conversation.
    private final class Seat {
        let cache: OrdinaryModel.Cache
        var columns: ConversationColumns
        /// What the cache holds, guesses included.
        var read: [Int] = []
        var confirmed: [Int] = []
        /// How many tokens at the beginning of both are known to be the same.
        var agreedCount = 0

        init(cache: OrdinaryModel.Cache, columns: ConversationColumns) {
            self.cache = cache
            self.columns = columns
        }
    }

    /// Tokens that are read in one pass at most: more need much memory for little speed.
    private static let passLength = 512

    /// A model for conversations of up to `contextLength` tokens, or as many as it was trained for.
    public convenience init(_ model: LargeModel, contextLength: Int = .max, pool: ComputePool) {
        self.init(
            .large(model, ModelScratch(model.configuration)),
            contextLength: min(contextLength, model.configuration.contextLength), pool: pool)
    }

    /// The same with a small model that has no memory.
    public convenience init(_ model: SmallModel, contextLength: Int = .max, pool: ComputePool) {
        precondition(model.configuration.memory == .none, "A small model with memory drafts as a tandem.")
        self.init(
            .small(model, SmallScratch(model.configuration)),
            contextLength: min(contextLength, model.configuration.small.contextLength), pool: pool)
    }

    private init(_ model: OrdinaryModel, contextLength: Int, pool: ComputePool) {
        self.model = model
        self.contextLength = contextLength
        self.pool = pool
        columns = model.columns
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
            columns: ConversationColumns(
                columns, extra: model.makeDynamicVocabulary(limit: ConversationColumns.limit)))
        return DraftMemory(number: nextNumber)
    }

    /// A memory that has read what another has of the first `count` tokens.
    func fork(_ memory: DraftMemory, count: Int) -> DraftMemory {
        let seat = seat(memory)
        let count = min(count, seat.read.count)
        let fork = Seat(
            cache: seat.cache.fork(count: count),
            columns: ConversationColumns(
                columns, extra: model.makeDynamicVocabulary(limit: ConversationColumns.limit)))
        fork.read = Array(seat.read.prefix(count))
        defer { nextNumber += 1 }
        seats[nextNumber] = fork
        return DraftMemory(number: nextNumber)
    }

    func close(_ memory: DraftMemory) { seats[memory.number] = nil }

    /// Tokens of its text that the head does not have become columns as well.
    public func columns(of memory: DraftMemory) -> DraftColumns { seat(memory).columns.columns }

    func confirm(_ tokens: [Int], in memory: DraftMemory) {
        let seat = seat(memory)
        seat.confirmed += tokens
        seat.columns.insert(tokens)
    }

    /// Another conversation goes on from what was read.
    func forgetConfirmed(in memory: DraftMemory) {
        let seat = seat(memory)
        seat.confirmed = []
        seat.columns.removeAll()
        seat.agreedCount = 0
    }

    /// How many tokens can be drafted before the cache is full.
    func room(in memory: DraftMemory) -> Int { contextLength - seat(memory).confirmed.count + 1 }

    // MARK: Blocks

    /// Reads the confirmed tokens that are new.
    public func begin(_ memories: [DraftMemory]) throws -> Matrix {
        let seats = memories.map(seat)
        for seat in seats {
            var agreed = seat.agreedCount
            while agreed < min(seat.read.count, seat.confirmed.count), seat.read[agreed] == seat.confirmed[agreed] {
                agreed += 1
            }
            seat.agreedCount = agreed
            // The last token is always read, for its logits.
            agreed = min(agreed, seat.confirmed.count - 1)
            seat.cache.truncate(to: agreed)
            seat.read.removeLast(seat.read.count - agreed)
            while seat.confirmed.count - seat.read.count > Self.passLength {
                let next = Array(seat.confirmed[seat.read.count..<seat.read.count + Self.passLength])
                _ = try model.read([(seat.cache, next, nil)], pool: pool)
                seat.read += next
            }
        }
        return try read(seats.map { ($0, Array($0.confirmed[$0.read.count...])) })
    }

    /// Reads a token more.
    public func extend(_ memories: [DraftMemory], by tokens: [Int]) throws -> Matrix {
        try read(zip(memories, tokens).map { (seat($0), [$1]) })
    }

    private func read(_ news: [(seat: Seat, tokens: [Int])]) throws -> Matrix {
        let logits = try model.read(news.map { ($0.seat.cache, $0.tokens, $0.seat.columns.extra) }, pool: pool)
        for (seat, tokens) in news { seat.read += tokens }
        return logits
    }

    private func seat(_ memory: DraftMemory) -> Seat {
        guard let seat = seats[memory.number] else {
            preconditionFailure("A drafter's memory was used after it was closed.")
        }
        return seat
    }
}
