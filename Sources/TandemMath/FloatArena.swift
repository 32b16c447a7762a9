/// One block of floats that many matrices share: the weights of a model, their gradients, their moments.
///
/// What touches every number (an optimiser's step, a norm, an average, a file) walks through ``all`` once; layers see
/// matrices of their own, each a part of the same memory.
///
///     let arena = FloatArena(count: 32)
///     let query = arena.matrix(rows: 4, columns: 4, at: 0)
///     query[0, 1] = 2
///     arena.all[0, 1]   // 2
public final class FloatArena: @unchecked Sendable {
    /// How many numbers.
    public let count: Int
    private let storage: AlignedStorage
    /// All numbers, as one row.
    public let all: Matrix

    /// Parts begin at multiples of this many numbers, so that every part is aligned like a matrix of its own.
    public static let alignment = 16

    /// An arena of zeros.
    public init(count: Int) {
        precondition(count >= 0, "An arena cannot have \(count) numbers.")
        self.count = count
        storage = AlignedStorage(byteCount: count * MemoryLayout<Float>.stride)
        all = Matrix(rows: 1, columns: count, in: storage, at: 0)
    }

    /// The numbers from `offset` on, as a matrix; the offset is a multiple of ``alignment``.
    public func matrix(rows: Int, columns: Int, at offset: Int) -> Matrix {
        precondition(
            offset % Self.alignment == 0, "A part begins at a multiple of \(Self.alignment), not at \(offset).")
        precondition(
            offset >= 0 && rows >= 0 && columns >= 0 && offset + rows * columns <= count,
            "\(rows) × \(columns) numbers at \(offset) do not lie in \(count).")
        return Matrix(rows: rows, columns: columns, in: storage, at: offset * MemoryLayout<Float>.stride)
    }
}
