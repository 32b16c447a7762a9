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
    func sources(rows: Range<Int>) -> [(page: KeyValuePage, position: Int, isMemory: Bool)] {
        let pageLength = KeyValueLayout.pageLength
        let starts = rows.map { blockStarts?[$0] ?? 0 }
        let greatest = starts.max() ?? 0
        let least = starts.min() ?? 0
        var result: [(KeyValuePage, Int, Bool)] = []
        for index in 0..<(greatest + pageLength - 1) / pageLength {
            result.append((memory[index], index * pageLength, true))
        }
        for index in least / pageLength...(start + rows.upperBound - 1) / pageLength {
            result.append((pages[index], index * pageLength, false))
        }
        return result
    }

    /// The positions of a source that row `row` sees, within the page.
    func range(row: Int, position: Int, isMemory: Bool) -> Range<Int> {
        let begin = blockStarts?[row] ?? 0
        let (low, high) = isMemory ? (0, begin) : (begin, start + row + 1)
        let first = min(max(low - position, 0), KeyValueLayout.pageLength)
        return first..<max(first, min(high - position, KeyValueLayout.pageLength))
    }
}

/// The attention of one forward pass, cut into units of work: made once, run for every layer.
///
/// A unit is a run of up to `rowsPerUnit` rows of one span and one key/value head. If the span is so short that units
/// would not keep the threads busy, each page becomes a unit of its own, and a second region folds their partial results,
/// in the order of the pages, exactly as one unit would have done it: the same sums in the same order.
public struct AttentionPlan {
    static let rowsPerUnit = 16

    struct Unit {
        let span: Int
        let rows: Range<Int>
        let head: Int
        let sources: Range<Int>
        let sourceTable: Int
        let slot: Int
    }

    /// Whose rows they are.
    public let spans: [AttentionSpan]
    let layout: KeyValueLayout
    let headCount: Int
    /// For each run of rows, the pages that it sees.
    var sourceTables: [[(page: KeyValuePage, position: Int, isMemory: Bool)]] = []
    var units: [Unit] = []
    /// Runs whose pages are units of their own: (first unit, number of units).
    var folds: [Range<Int>] = []
    var slotCount = 0

    /// Plans the attention of `spans`.
    public init(spans: [AttentionSpan], layout: KeyValueLayout, headCount: Int) {
        precondition(headCount % layout.headCount == 0, "Key/value heads must divide the heads.")
        self.spans = spans
        self.layout = layout
        self.headCount = headCount
        for (index, span) in spans.enumerated() {
            let splits = span.rowCount <= Self.rowsPerUnit
            for first in stride(from: 0, to: span.rowCount, by: Self.rowsPerUnit) {
                let rows = first..<min(first + Self.rowsPerUnit, span.rowCount)
                let sources = span.sources(rows: rows)
                sourceTables.append(sources)
                for head in 0..<layout.headCount {
                    let firstUnit = units.count
                    let runs = splits && sources.count > 1 ? sources.indices.map { $0..<$0 + 1 } : [0..<sources.count]
                    for run in runs {
                        units.append(
                            Unit(
                                span: index, rows: rows, head: head, sources: run,
                                sourceTable: sourceTables.count - 1, slot: runs.count > 1 ? slotCount : -1))
                        if runs.count > 1 { slotCount += 1 }
                    }
                    if runs.count > 1 { folds.append(firstUnit..<units.count) }
                }
            }
        }
    }
}
