/// Merges the symbols of one word: the neighbours with the lowest rank first, the leftmost of equals.
///
/// Holds its working memory, so that words cost no allocation. Short words, which are nearly all, are searched through for
/// the best pair; long ones keep the pairs in a heap, so that a megabyte without a space takes n log n steps.
struct BytePairMerger: Sendable {
    /// The symbols: tokens of single characters before ``merge(_:)``, of longer pieces after it.
    var symbols: [Int32] = []

    /// For each symbol the merge with its right neighbour.
    private var entries: [MergeTable.Entry] = []
    private var next: [Int32] = []
    private var previous: [Int32] = []
    /// Rank above, position below: the smallest is the leftmost of the best.
    private var heap: [UInt64] = []

    /// Up to here the quadratic search is the faster one.
    private static let shortCount = 40

    /// Merges ``symbols`` until no neighbours merge.
    mutating func merge(_ table: MergeTable) {
        let count = symbols.count
        guard count > 1 else { return }
        entries.removeAll(keepingCapacity: true)
        for position in 0..<count - 1 { entries.append(table.find(symbols[position], symbols[position + 1])) }
        if count <= Self.shortCount { mergeShort(table) } else { mergeLong(table) }
    }

    private mutating func mergeShort(_ table: MergeTable) {
        while true {
            var best = -1
            var bestRank = MergeTable.rank(MergeTable.none)
            for position in entries.indices where MergeTable.rank(entries[position]) < bestRank {
                best = position
                bestRank = MergeTable.rank(entries[position])
            }
            guard best >= 0 else { return }
            symbols[best] = MergeTable.result(entries[best])
            symbols.remove(at: best + 1)
            entries.remove(at: best)
            if best > 0 { entries[best - 1] = table.find(symbols[best - 1], symbols[best]) }
            if best < entries.count { entries[best] = table.find(symbols[best], symbols[best + 1]) }
        }
    }

    /// Symbols stay where they are, linked to their living neighbours. A heap entry is stale if its rank is no longer that
    /// of the pair at its position.
    private mutating func mergeLong(_ table: MergeTable) {
        let count = symbols.count
        entries.append(MergeTable.none)
        next = (1...Int32(count)).map { $0 }
        previous = (-1..<Int32(count) - 1).map { $0 }
        heap.removeAll(keepingCapacity: true)
        for position in 0..<count where entries[position] != MergeTable.none {
            heap.append(Self.key(entries[position], position))
        }
        for index in stride(from: heap.count / 2 - 1, through: 0, by: -1) { siftDown(index) }
        while let best = heap.first {
            removeFirst()
            let position = Int(best & 0xFFFF_FFFF)
            let entry = entries[position]
            guard entry != MergeTable.none, MergeTable.rank(entry) == best >> 32 else { continue }
            let dead = Int(next[position])
            symbols[position] = MergeTable.result(entry)
            symbols[dead] = -1
            entries[dead] = MergeTable.none
            let following = Int(next[dead])
            next[position] = Int32(following)
            if following < count { previous[following] = Int32(position) }
            refresh(position, following, count, table)
            let preceding = Int(previous[position])
            if preceding >= 0 { refresh(preceding, position, count, table) }
        }
        symbols.removeAll { $0 < 0 }
    }

    private mutating func refresh(_ left: Int, _ right: Int, _ count: Int, _ table: MergeTable) {
        entries[left] = right < count ? table.find(symbols[left], symbols[right]) : MergeTable.none
        guard entries[left] != MergeTable.none else { return }
        heap.append(Self.key(entries[left], left))
        siftUp(heap.count - 1)
    }

    private static func key(_ entry: MergeTable.Entry, _ position: Int) -> UInt64 {
        MergeTable.rank(entry) << 32 | UInt64(position)
    }

    // MARK: - The heap

    private mutating func removeFirst() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        siftDown(0)
    }

    private mutating func siftUp(_ start: Int) {
        var index = start
        let item = heap[index]
        while index > 0 {
            let parent = (index - 1) / 2
            guard heap[parent] > item else { break }
            heap[index] = heap[parent]
            index = parent
        }
        heap[index] = item
    }

    private mutating func siftDown(_ start: Int) {
        var index = start
        let item = heap[index]
        while true {
            var child = 2 * index + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
            guard heap[child] < item else { break }
            heap[index] = heap[child]
            index = child
        }
        heap[index] = item
    }
}
