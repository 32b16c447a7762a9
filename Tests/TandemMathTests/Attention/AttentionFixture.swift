import TandemMath

/// A conversation's pages, filled at random, and the numbers that are in them.
struct AttentionFixture {
    let layout: KeyValueLayout
    let headCount: Int
    /// Rotated and divided by the root of the width, one row for each position.
    let queries: Matrix
    let own: [KeyValuePage]
    let memory: [KeyValuePage]
    let ownNumbers: Numbers
    let memoryNumbers: Numbers

    /// What pages hold, `[position][head · width]`, as halves round it.
    struct Numbers {
        var keys: [[Double]] = []
        var values: [[Double]] = []
    }

    /// - Parameter garbage: positions beyond `count`, to the end of the page, filled with what is not finite.
    init(count: Int, headCount: Int, keyValueHeadCount: Int, width: Int, seed: UInt64, garbage: Bool = false) {
        layout = KeyValueLayout(layerCount: 2, headCount: keyValueHeadCount, headWidth: width)
        self.headCount = headCount
        let queries = random(rows: count, columns: headCount * width, seed: seed, scale: 2)
        (own, ownNumbers) = Self.fill(layout, headCount, queries, count: count, seed: seed + 1, garbage: garbage)
        (memory, memoryNumbers) = Self.fill(
            layout, headCount, Matrix(rows: count, columns: headCount * width), count: count, seed: seed + 2,
            garbage: garbage)
        self.queries = queries
    }

    private static func fill(
        _ layout: KeyValueLayout, _ headCount: Int, _ queries: Matrix, count: Int, seed: UInt64, garbage: Bool
    ) -> ([KeyValuePage], Numbers) {
        let pages = (0..<(count + KeyValueLayout.pageLength - 1) / KeyValueLayout.pageLength).map { _ in
            KeyValuePage(layout)
        }
        let columns = layout.headCount * layout.headWidth
        if garbage {
            let rest = pages.count * KeyValueLayout.pageLength
            let bad = Matrix(rows: rest, columns: columns)
            for row in 0..<rest { bad.setRow(row, to: (0..<columns).map { ($0 + row) % 2 == 0 ? .nan : .infinity }) }
            append(layout, headCount, Matrix(rows: rest, columns: queries.columns), bad, bad, pages)
        }
        let keys = random(rows: count, columns: columns, seed: seed)
        let values = random(rows: count, columns: columns, seed: seed &+ 100)
        append(layout, headCount, queries, keys, values, pages)
        func halves(_ matrix: Matrix) -> [[Double]] {
            (0..<count).map { matrix.row($0).map { Double(Float(halfPrecisionBits: $0.halfPrecisionBits)) } }
        }
        return (pages, Numbers(keys: halves(keys), values: halves(values)))
    }

    /// Writes keys and values as they are: frequencies of zero turn nothing.
    private static func append(
        _ layout: KeyValueLayout, _ headCount: Int, _ queries: Matrix, _ keys: Matrix, _ values: Matrix,
        _ pages: [KeyValuePage]
    ) {
        let rotary = RotaryTable(frequencies: [Double](repeating: 0, count: layout.headWidth / 2))
        rotary.prepare(positions: keys.rows)
        let span = AttentionSpan(firstRow: 0, rowCount: keys.rows, start: 0, pages: pages)
        Kernels.rotateAndAppend(
            AttentionPlan(spans: [span], layout: layout, headCount: headCount), layer: 1, queries: queries, keys: keys,
            values: values, preparation: QueryKeyPreparation(), rotary: rotary, pool: ComputePool(threadCount: 1))
    }

    var count: Int { queries.rows }

    /// A span of the conversation's rows; `blocks` says where each position's block begins.
    func span(_ rows: Range<Int>, at firstRow: Int, blocks: ((Int) -> Int)? = nil) -> AttentionSpan {
        AttentionSpan(
            firstRow: firstRow, rowCount: rows.count, start: rows.lowerBound, pages: own,
            memory: blocks == nil ? [] : memory, blockStarts: blocks.map { rows.map($0) })
    }

    /// The attention of some runs of rows, all in one plan: for each position, its bits.
    func attend(
        _ runs: [Range<Int>], blocks: ((Int) -> Int)? = nil, threads: Int = 1,
        scratch: AttentionScratch = AttentionScratch()
    ) -> [[UInt32]] {
        let total = runs.reduce(0) { $0 + $1.count }
        let input = Matrix(rows: total, columns: queries.columns)
        var spans: [AttentionSpan] = []
        var row = 0
        for run in runs {
            input.copyRows(run.count, from: queries, at: run.lowerBound, to: row)
            spans.append(span(run, at: row, blocks: blocks))
            row += run.count
        }
        let output = Matrix(rows: total, columns: queries.columns)
        output.fill(with: .nan)
        Kernels.attend(
            AttentionPlan(spans: spans, layout: layout, headCount: headCount), layer: 1, queries: input, into: output,
            scratch: scratch, pool: ComputePool(threadCount: threads))
        return (0..<total).map { output.bits(row: $0) }
    }

    /// Attention of one position in double precision, and how far single precision may be from it.
    func oracle(position: Int, blockStart: Int) -> [(value: Double, bound: Double)] {
        let width = layout.headWidth
        let seen =
            (0..<blockStart).map { (memoryNumbers.keys[$0], memoryNumbers.values[$0]) }
            + (blockStart...position).map { (ownNumbers.keys[$0], ownNumbers.values[$0]) }
        return (0..<headCount).flatMap { head in
            let part = head / (headCount / layout.headCount) * width
            let query = queries.row(position)[head * width..<(head + 1) * width].map(Double.init)
            var size = 0.0
            let scores = seen.map { keys, _ in
                let products = zip(query, keys[part..<part + width]).map { $0 * $1 }
                size = max(size, products.reduce(0) { $0 + abs($1) })
                return products.reduce(0, +)
            }
            let greatest = scores.max() ?? 0
            let weights = scores.map { exponential($0 - greatest) }
            let sum = weights.reduce(0, +)
            return (0..<width).map { channel in
                let values = seen.map { $0.1[part + channel] }
                let value = zip(weights, values).reduce(0) { $0 + $1.0 * $1.1 } / sum
                // A score is off by `width` roundings of its parts, so its weight by as large a part of itself, and by
                // the exponential's 2⁻²²; sums of n terms and the folds of pages by n + 30 roundings, above and below.
                let relative = (Double(width + 2) * 0x1p-24 * size + 0x1p-22) + Double(seen.count + 30) * 0x1p-24
                return (value, 2.1 * relative * (values.map(abs).max() ?? 0))
            }
        }
    }
}
