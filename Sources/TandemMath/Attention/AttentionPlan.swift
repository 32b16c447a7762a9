internal import CTandemKernels

/// Rows of one conversation in a forward pass, and the pages that they attend to.
///
/// Row *i* stands at position `start + i` and its own key and value are in `pages`. It sees two sources:
///
///     memory rows  [0, b)     from `memory`, where b is the row's block start
///     own rows     [b, p]     from `pages`, p being its position
///
/// With b = 0 (`blockStarts` is `nil`) that is an ordinary causal transformer.
public struct AttentionSpan {
    /// The span's first row in the matrices of the pass.
    public var firstRow: Int
    /// Number of rows.
    public var rowCount: Int
    /// Position of the first row.
    public var start: Int
    /// Own keys and values from position 0 on.
    public var pages: [KeyValuePage]
    /// Keys and values that stand for everything before a row's block.
    public var memory: [KeyValuePage]
    /// Where each row's block begins; `nil` for 0.
    public var blockStarts: [Int]?

    /// Describes rows `firstRow ..< firstRow + rowCount` at positions from `start` on.
    public init(
        firstRow: Int, rowCount: Int, start: Int, pages: [KeyValuePage], memory: [KeyValuePage] = [],
        blockStarts: [Int]? = nil
    ) {
        precondition(rowCount >= 0 && start >= 0, "A span has rows at positions from 0 on.")
        let pageLength = KeyValueLayout.pageLength
        precondition(
            (start + rowCount + pageLength - 1) / pageLength <= pages.count, "The cache has no page for the last rows.")
        if let blockStarts {
            precondition(blockStarts.count == rowCount, "Every row has a block start.")
            for (row, begin) in blockStarts.enumerated() {
                precondition(
                    begin >= 0 && begin <= start + row && (begin + pageLength - 1) / pageLength <= memory.count,
                    "A block begins at or before its rows, and memory reaches up to it.")
            }
        }
        self.firstRow = firstRow
        self.rowCount = rowCount
        self.start = start
        self.pages = pages
        self.memory = memory
        self.blockStarts = blockStarts
    }

    /// The pages that rows `rows` (counted within the span) see, in the order in which they are folded.
    func sources(rows: Range<Int>) -> [AttentionPlan.Source] {
        let pageLength = KeyValueLayout.pageLength
        let starts = rows.map { blockStarts?[$0] ?? 0 }
        let greatest = starts.max() ?? 0
        let least = starts.min() ?? 0
        var result: [AttentionPlan.Source] = []
        for index in 0..<(greatest + pageLength - 1) / pageLength {
            result.append(.init(page: memory[index].base, position: index * pageLength, isMemory: true))
        }
        for index in least / pageLength...(start + rows.upperBound - 1) / pageLength {
            result.append(.init(page: pages[index].base, position: index * pageLength, isMemory: false))
        }
        return result
    }
}

/// The attention of one forward pass, cut into units of work: made once, run for every layer.
///
/// A unit is a run of up to `rowsPerUnit` rows of one span and one key/value head. If the span is so short that units
/// would not keep the threads busy, each page becomes a unit of its own, and a second region folds their partial results,
/// in the order of the pages, exactly as one unit would have done it: the same sums in the same order.
public final class AttentionPlan {
    static let rowsPerUnit = 16

    /// A page that rows see.
    struct Source: BitwiseCopyable {
        /// The page, which the span keeps alive.
        let page: UnsafeMutablePointer<UInt16>
        /// Position of its first row.
        let position: Int
        let isMemory: Bool
    }

    /// Rows of one span and one key/value head, and the pages that are folded for them.
    struct Unit: BitwiseCopyable {
        /// The first row in the matrices of the pass.
        let firstRow: Int
        let rowCount: Int
        /// Position of the first row.
        let start: Int
        let head: Int
        /// The first of its sources, and how many it has.
        let firstSource: Int
        let sourceCount: Int
        /// Where partial results are left for the second region; -1 if there is none.
        let slot: Int
    }

    /// Whose rows they are.
    public let spans: [AttentionSpan]
    let layout: KeyValueLayout
    let headCount: Int
    private(set) var sources: [Source] = []
    private(set) var units: [Unit] = []
    /// Runs whose pages are units of their own.
    private(set) var folds: [Range<Int>] = []
    private(set) var slotCount = 0
    /// For each row of the matrices where its block begins.
    private(set) var blockStarts: [Int] = []

    /// Plans the attention of `spans`.
    public init(spans: [AttentionSpan], layout: KeyValueLayout, headCount: Int) {
        precondition(headCount % layout.headCount == 0, "Key/value heads must divide the heads.")
        self.spans = spans
        self.layout = layout
        self.headCount = headCount
        blockStarts = [Int](repeating: 0, count: spans.map { $0.firstRow + $0.rowCount }.max() ?? 0)
        for span in spans {
            for (row, begin) in (span.blockStarts ?? []).enumerated() { blockStarts[span.firstRow + row] = begin }
            let splits = span.rowCount <= Self.rowsPerUnit
            for first in stride(from: 0, to: span.rowCount, by: Self.rowsPerUnit) {
                let rows = first..<min(first + Self.rowsPerUnit, span.rowCount)
                let seen = span.sources(rows: rows)
                let all = sources.count..<sources.count + seen.count
                sources += seen
                for head in 0..<layout.headCount {
                    let firstUnit = units.count
                    func add(_ sources: Range<Int>, slot: Int) {
                        units.append(
                            Unit(
                                firstRow: span.firstRow + first, rowCount: rows.count, start: span.start + first,
                                head: head, firstSource: sources.lowerBound, sourceCount: sources.count, slot: slot))
                    }
                    guard splits, seen.count > 1 else {
                        add(all, slot: -1)
                        continue
                    }
                    for source in all {
                        add(source..<source + 1, slot: slotCount)
                        slotCount += 1
                    }
                    folds.append(firstUnit..<units.count)
                }
            }
        }
    }
}
