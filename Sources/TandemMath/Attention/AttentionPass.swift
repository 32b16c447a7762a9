internal import CTandemKernels

/// The attention of one layer as the kernels take it: addresses alone, so that the threads that share it do not pass counts
/// of references back and forth between their caches.
struct AttentionPass: BitwiseCopyable {
    private let layout: KeyValueLayout
    private let layer: Int
    private let width: Int
    /// Queries that share a key.
    private let group: Int
    private let sources: UnsafeBufferPointer<AttentionPlan.Source>
    private let units: UnsafeBufferPointer<AttentionPlan.Unit>
    private let blockStarts: UnsafeBufferPointer<Int>
    private let queries: UnsafeMutablePointer<Float>
    private let output: UnsafeMutablePointer<Float>
    /// Floats in a row of queries and output.
    private let stride: Int
    private let rowStates: UnsafeMutablePointer<Float>?
    private let rowStateStride: Int
    private let slots: UnsafeMutablePointer<Float>
    /// For every query of a unit its weighted sum, then all states.
    private let slotFloats: Int

    init(
        _ plan: AttentionPlan, layer: Int, sources: UnsafeBufferPointer<AttentionPlan.Source>,
        units: UnsafeBufferPointer<AttentionPlan.Unit>, blockStarts: UnsafeBufferPointer<Int>, queries: Matrix,
        output: Matrix, states: Matrix?, scratch: AttentionScratch
    ) {
        layout = plan.layout
        self.layer = layer
        width = plan.layout.headWidth
        group = plan.headCount / plan.layout.headCount
        self.sources = sources
        self.units = units
        self.blockStarts = blockStarts
        self.queries = queries.base
        self.output = output.base
        stride = queries.columns
        rowStates = states?.base
        rowStateStride = 2 * plan.headCount
        slotFloats = AttentionPlan.rowsPerUnit * group * (width + 2)
        slots = scratch.base(floats: plan.slotCount * slotFloats)
    }

    private func states(behind sums: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<Float> {
        sums + AttentionPlan.rowsPerUnit * group * width
    }

    /// Folds a unit's pages: into its slot, or to the end.
    func run(_ unit: AttentionPlan.Unit) {
        guard unit.slot < 0 else {
            attend(unit, sums: slots + unit.slot * slotFloats)
            return
        }
        withUnsafeTemporaryAllocation(of: Float.self, capacity: slotFloats) { buffer in
            guard let sums = buffer.baseAddress else { return }
            attend(unit, sums: sums)
            finish(unit, sums: sums)
        }
    }

    /// Folds the slots of units that are pages of the same rows, in their order.
    func fold(_ run: Range<Int>) {
        let first = units[run.lowerBound]
        let sums = slots + first.slot * slotFloats
        let states = states(behind: sums)
        for other in run.dropFirst() {
            let partial = slots + units[other].slot * slotFloats
            let partialStates = self.states(behind: partial)
            for query in 0..<first.rowCount * group {
                tk_attention_fold(
                    partial + query * width, partialStates + 2 * query, width, sums + query * width, states + 2 * query)
            }
        }
        finish(first, sums: sums)
    }

    /// The positions of a source that a row sees, within the page.
    private func range(row: Int, of unit: AttentionPlan.Unit, in source: AttentionPlan.Source) -> Range<Int> {
        let begin = blockStarts[unit.firstRow + row]
        let (low, high) = source.isMemory ? (0, begin) : (begin, unit.start + row + 1)
        let first = min(max(low - source.position, 0), KeyValueLayout.pageLength)
        return first..<max(first, min(high - source.position, KeyValueLayout.pageLength))
    }

    /// Folds the pages of a unit into `sums` (one row of the head's width for each query) and the states behind them.
    private func attend(_ unit: AttentionPlan.Unit, sums: UnsafeMutablePointer<Float>) {
        let states = states(behind: sums)
        let capacity = unit.rowCount * group
        for query in 0..<capacity {
            states[2 * query] = -.infinity
            states[2 * query + 1] = 0
        }
        withUnsafeTemporaryAllocation(of: tk_attention_query.self, capacity: capacity) { batch in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: capacity * width) { partial in
                guard let batch = batch.baseAddress, let partial = partial.baseAddress else { return }
                for index in unit.firstSource..<unit.firstSource + unit.sourceCount {
                    let source = sources[index]
                    var count = 0
                    for row in 0..<unit.rowCount {
                        let range = range(row: row, of: unit, in: source)
                        guard !range.isEmpty else { continue }
                        let heads = queries + (unit.firstRow + row) * stride + unit.head * group * width
                        for head in 0..<group {
                            batch[count] = tk_attention_query(
                                query: heads + head * width, first: UInt32(range.lowerBound),
                                end: UInt32(range.upperBound), out: partial + (row * group + head) * width, greatest: 0,
                                sum: 0)
                            count += 1
                        }
                    }
                    guard count > 0 else { continue }
                    var page = layout.descriptor(of: source.page, layer: layer, head: unit.head)
                    tk_attention_page(&page, batch, count)
                    for query in 0..<count {
                        let place = (batch[query].out - partial) / width
                        withUnsafePointer(to: &batch[query].greatest) { state in
                            tk_attention_fold(
                                batch[query].out, state, width, sums + place * width, states + 2 * place)
                        }
                    }
                }
            }
        }
    }

    private func finish(_ unit: AttentionPlan.Unit, sums: UnsafeMutablePointer<Float>) {
        let states = states(behind: sums)
        for row in 0..<unit.rowCount {
            let heads = output + (unit.firstRow + row) * stride + unit.head * group * width
            for head in 0..<group {
                let place = row * group + head
                tk_attention_finish(sums + place * width, states + 2 * place, width, heads + head * width)
                if let rowStates {
                    let state = rowStates + (unit.firstRow + row) * rowStateStride + 2 * (unit.head * group + head)
                    state[0] = states[2 * place]
                    state[1] = 1 / states[2 * place + 1]
                }
            }
        }
    }
}
