public import TandemMath

/// Keys and values of one conversation, for every layer of one model.
///
/// Append-only, in pages: a forward pass appends its rows, ``truncate(to:)`` takes rows off the end (a rejected draft is a
/// move of this mark), and ``fork(count:)`` makes a second conversation that shares all full pages with the first, so that a
/// common beginning is kept once. Memory is half precision, allocated page by page and never beyond `capacity`.
///
///     let cache = KeyValueCache(layout: model.cacheLayout, capacity: 2048)
///     try model.forward([ModelSpan(cache: cache, tokens: prompt)], …)
///     cache.truncate(to: 12)
///
/// Not to be used by two forward passes at once.
public final class KeyValueCache {
    /// How pages are laid out.
    public let layout: KeyValueLayout
    /// Positions that the cache may hold.
    public let capacity: Int
    /// Positions that it holds.
    public private(set) var count = 0
    private(set) var pages: [KeyValuePage] = []
    /// Pages that a fork holds as well; to be copied before they are written.
    private var sharedPageCount = 0

    /// An empty cache.
    public init(layout: KeyValueLayout, capacity: Int) {
        precondition(capacity >= 0, "A cache cannot hold \(capacity) positions.")
        self.layout = layout
        self.capacity = capacity
    }

    /// Bytes of memory that a cache of this capacity takes when full.
    public var greatestByteCount: Int { layout.byteCount(positions: capacity) }
    /// Bytes of memory that it takes now, shared pages included.
    public var byteCount: Int { pages.count * layout.pageByteCount }

    /// Positions that are still free.
    public var available: Int { capacity - count }

    /// Drops all rows from position `count` on. Their pages stay for the next rows.
    public func truncate(to count: Int) {
        precondition(count >= 0 && count <= self.count, "A cache of \(self.count) rows cannot be cut to \(count).")
        self.count = count
    }

    /// A cache with the same rows.
    public func fork() -> KeyValueCache { fork(count: count) }

    /// A cache with the first `count` rows. Full pages are shared until one of the two writes into them; one that is not full is
    /// copied, since this cache may be about to go on in it.
    public func fork(count: Int) -> KeyValueCache {
        precondition(count >= 0 && count <= self.count, "A cache of \(self.count) rows has no beginning of \(count).")
        let fork = KeyValueCache(layout: layout, capacity: capacity)
        let fullCount = count / KeyValueLayout.pageLength
        fork.pages = Array(pages.prefix(fullCount))
        if count > fullCount * KeyValueLayout.pageLength { fork.pages.append(pages[fullCount].copy()) }
        fork.count = count
        fork.sharedPageCount = fullCount
        sharedPageCount = max(sharedPageCount, fullCount)
        return fork
    }

    /// Makes room for `rows` more rows and returns all pages. Pages that a fork holds are copied first.
    func reserve(rows: Int) -> [KeyValuePage] {
        precondition(rows <= available, "A cache of \(capacity) positions has \(available) left, not \(rows).")
        let pageLength = KeyValueLayout.pageLength
        let first = count / pageLength
        if rows > 0 && first < sharedPageCount {
            for index in first..<min(sharedPageCount, pages.count) {
                pages[index] = count > index * pageLength ? pages[index].copy() : KeyValuePage(layout)
            }
            sharedPageCount = first
        }
        while pages.count * pageLength < count + rows { pages.append(KeyValuePage(layout)) }
        return pages
    }

    /// Makes `count` the position of the next row. Rows that are passed over hold anything, and nobody may look at them.
    func move(to count: Int) {
        if count > self.count {
            _ = reserve(rows: count - self.count)
            self.count = count
        } else {
            truncate(to: count)
        }
    }

    /// Counts rows that a forward pass has written.
    func append(rows: Int) { count += rows }
}
