/// The right operand of a dense product, rounded to bf16 and laid out for the processor.
///
/// A product `left · right` reads it once for each block of rows of `left`, so it pays to put it in order first, and
/// to keep it while its source does not change. It takes two bytes a number. Filled by ``Kernels/pack(_:transposed:into:on:)``.
public final class PackedOperand: @unchecked Sendable {
    /// Rows of the right operand: what is summed over.
    public private(set) var depth: Int
    /// Columns of the right operand: columns of the product.
    public private(set) var columns: Int
    private var storage: AlignedStorage

    /// An operand of zeros.
    public init(depth: Int, columns: Int) {
        precondition(depth >= 0 && columns >= 0, "An operand cannot have \(depth) rows and \(columns) columns.")
        self.depth = depth
        self.columns = columns
        storage = AlignedStorage(byteCount: Self.wordCount(depth, columns) * 4)
    }

    /// Takes another shape; the contents are undefined until it is packed. Memory only grows.
    func reshape(depth: Int, columns: Int) {
        let needed = Self.wordCount(depth, columns) * 4
        if needed > storage.byteCount { storage = AlignedStorage(byteCount: needed) }
        self.depth = depth
        self.columns = columns
    }

    /// Columns of one panel (see gemm.inc).
    static let panelWidth = 16

    private static func wordCount(_ depth: Int, _ columns: Int) -> Int {
        (columns + panelWidth - 1) / panelWidth * ((depth + 1) / 2) * panelWidth
    }

    /// The panel that begins at `column`, a multiple of the panel's width.
    func panel(at column: Int) -> UnsafeMutablePointer<UInt32> {
        storage.base.assumingMemoryBound(to: UInt32.self) + column * ((depth + 1) / 2)
    }
}
