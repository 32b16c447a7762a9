internal import CTandemKernels

/// One product of a few rows with a weight, as part of a region (see ``Kernels/multiply(_:_:pool:)``).
public struct WeightProduct {
    /// The weight.
    public let weight: WeightMatrix
    /// Where outputs go, as many columns as the weight has rows.
    public let output: Matrix
    /// Whether they are added to what is there.
    public let adds: Bool
    /// The first column of `output` that is written.
    public let column: Int
    /// Which rows of input and output are multiplied; nil for all.
    public let rows: Range<Int>?

    /// A product of a weight.
    public init(
        _ weight: WeightMatrix, into output: Matrix, adds: Bool = false, column: Int = 0, rows: Range<Int>? = nil
    ) {
        self.weight = weight
        self.output = output
        self.adds = adds
        self.column = column
        self.rows = rows
    }
}

extension Kernels {
    /// Multiplies all rows of `input` with several weights in one parallel region: `output[row] = weight · input[row]`.
    ///
    /// Each output is summed over the inputs in one order, whatever the number of rows and threads. If a weight is
    /// quantised, `input` must have been quantised since it was last written.
    public static func multiply(_ input: ActivationRows, _ products: [WeightProduct], pool: ComputePool) {
        let rows = input.values.rows
        guard rows > 0 else { return }
        for product in products {
            precondition(
                product.weight.columns == input.values.columns && product.column >= 0
                    && product.output.columns >= product.column + product.weight.rows
                    && product.output.rows >= rows
                    && product.rows.map { $0.lowerBound >= 0 && $0.upperBound <= rows } ?? true,
                "A weight of \(product.weight.rows) × \(product.weight.columns) does not fit between rows of "
                    + "\(input.values.columns) and \(product.output.rows) rows of \(product.output.columns).")
        }
        let runs = GroupRuns(
            groupCount: products.reduce(0) { $0 + $1.weight.groupCount },
            byteCount: products.reduce(0) { $0 + $1.weight.byteCount }, threadCount: pool.threadCount)
        withExtendedLifetime(products) {
            withUnsafeTemporaryAllocation(of: RawProduct.self, capacity: products.count) { raw in
                for (index, product) in products.enumerated() {
                    raw.initializeElement(at: index, to: RawProduct(input, product))
                }
                let raw = UnsafeBufferPointer(rebasing: raw[0..<products.count])
                pool.run(chunkCount: runs.count) { chunk in
                    let run = runs.groups(of: chunk)
                    var start = 0
                    for product in raw {
                        let end = start + product.groupCount
                        let part = run.clamped(to: start..<end)
                        if !part.isEmpty { product.multiply(groups: part.lowerBound - start..<part.upperBound - start) }
                        start = end
                    }
                }
            }
        }
    }

    /// Both inputs of a gated MLP and the gate itself in one region: `output[row] = silu(gate · x) * (up · x)`.
    public static func multiplyGated(
        _ input: ActivationRows, gate: WeightMatrix, up: WeightMatrix, scratch: Matrix, into output: Matrix,
        pool: ComputePool
    ) {
        let rows = input.values.rows
        guard rows > 0 else { return }
        for (weight, target) in [(gate, output), (up, scratch)] {
            precondition(
                weight.columns == input.values.columns && target.columns == weight.rows && target.rows >= rows
                    && weight.rows == gate.rows,
                "Gate and up must map rows of \(input.values.columns) to as many channels as their outputs have.")
        }
        let runs = GroupRuns(groupCount: gate.groupCount, byteCount: gate.byteCount, threadCount: pool.threadCount)
        let gateProduct = RawProduct(input, WeightProduct(gate, into: output))
        let upProduct = RawProduct(input, WeightProduct(up, into: scratch))
        withExtendedLifetime((input, gate, up, scratch, output)) {
            pool.run(chunkCount: runs.count) { chunk in
                let groups = runs.groups(of: chunk)
                gateProduct.multiply(groups: groups)
                upProduct.multiply(groups: groups)
                let first = groups.lowerBound * 16
                let count = min(groups.upperBound * 16, gateProduct.weight.rows) - first
                for row in 0..<rows {
                    let target = gateProduct.output + row * gateProduct.stride + first
                    tk_gate(target, upProduct.output + row * upProduct.stride + first, count, target)
                }
            }
        }
    }
}

/// A product as the kernels take it: pointers alone, so that the threads that share one do not pass counts of references
/// back and forth between their caches.
private struct RawProduct: BitwiseCopyable {
    let weight: tk_weight
    let groupCount: Int
    let output: UnsafeMutablePointer<Float>
    let stride: Int
    private let isQuantized: Bool
    private let codes: tk_quantized_rows
    private let values: UnsafeMutablePointer<Float>
    private let rowCount: Int
    private let adds: Int32

    init(_ input: ActivationRows, _ product: WeightProduct) {
        let rows = product.rows ?? 0..<input.values.rows
        weight = product.weight.descriptor
        groupCount = product.weight.groupCount
        output = product.output.pointer(row: rows.lowerBound) + product.column
        stride = product.output.columns
        isQuantized = product.weight.isQuantized
        codes = isQuantized ? input.descriptor(rows: rows) : tk_quantized_rows()
        values = input.values.pointer(row: rows.lowerBound)
        rowCount = rows.count
        adds = product.adds ? 1 : 0
    }

    func multiply(groups: Range<Int>) {
        guard rowCount > 0 else { return }
        var weight = weight
        if isQuantized {
            var codes = codes
            tk_product_quantized(&weight, &codes, groups.lowerBound, groups.count, output, stride, adds)
        } else {
            tk_product_float(
                &weight, values, weight.columns, rowCount, groups.lowerBound, groups.count, output, stride, adds)
        }
    }
}

/// How the groups of sixteen outputs of some weights, one after the other, are cut into runs that threads claim.
///
/// The first runs are long, so that a thread walks through memory without a break, and each following one is a share of what
/// is left, so that all threads finish together even if one of them is held up.
private struct GroupRuns {
    let count: Int
    private let groupCount: Int
    private let least: Int
    private let threadCount: Int

    init(groupCount: Int, byteCount: Int, threadCount: Int) {
        self.groupCount = groupCount
        self.threadCount = threadCount
        least = max(1, (1 << 13) * groupCount / max(byteCount, 1))
        var (begin, count) = (0, 0)
        while begin < groupCount {
            begin = Self.end(of: begin, groupCount, least, threadCount)
            count += 1
        }
        self.count = count
    }

    /// Counted out anew each time: a dozen additions cost less than memory to keep the result in.
    func groups(of run: Int) -> Range<Int> {
        var (begin, end) = (0, 0)
        for _ in 0...run { (begin, end) = (end, Self.end(of: end, groupCount, least, threadCount)) }
        return begin..<end
    }

    private static func end(of begin: Int, _ groupCount: Int, _ least: Int, _ threadCount: Int) -> Int {
        let share = threadCount == 1 ? groupCount : (groupCount - begin) * 2 / (threadCount * 3)
        return min(groupCount, begin + max(least, share))
    }
}
