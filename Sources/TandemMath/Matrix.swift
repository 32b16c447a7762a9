/// Rows of 32-bit floats: the only kind of tensor that the package computes with.
///
/// Rows are tokens and columns are channels; storage is row-major, 64-byte aligned, and has reference semantics, so
/// that a buffer is allocated once and used by every layer. A matrix can grow and shrink in rows
/// (``resize(rows:)``) without giving its memory back.
///
///     let states = Matrix(rows: 2, columns: 3)
///     states[1, 2] = 0.5
///     states.row(1)   // [0, 0, 0.5]
///
/// The class does no locking: whoever shares one between threads sees to it that they write different rows or columns.
public final class Matrix: @unchecked Sendable {
    /// Number of rows in use.
    public private(set) var rows: Int
    /// Number of columns.
    public let columns: Int
    private var storage: AlignedStorage
    /// Where the first number lies in the storage, in bytes; not 0 only for a part of an arena.
    private let offset: Int

    /// A matrix of zeros.
    public init(rows: Int, columns: Int) {
        precondition(rows >= 0 && columns >= 0, "A matrix cannot have \(rows) rows and \(columns) columns.")
        self.rows = rows
        self.columns = columns
        storage = AlignedStorage(byteCount: rows * columns * MemoryLayout<Float>.stride)
        offset = 0
    }

    /// Rows that lie in memory which others see too (``FloatArena``).
    init(rows: Int, columns: Int, in storage: AlignedStorage, at offset: Int) {
        precondition(
            offset >= 0 && offset + rows * columns * MemoryLayout<Float>.stride <= storage.byteCount,
            "\(rows) × \(columns) numbers at byte \(offset) do not lie in \(storage.byteCount) bytes.")
        self.rows = rows
        self.columns = columns
        self.storage = storage
        self.offset = offset
    }

    /// A matrix with the given values, row by row; there must be `rows · columns` of them.
    public convenience init(rows: Int, columns: Int, values: [Float]) {
        precondition(values.count == rows * columns, "\(values.count) values do not fill \(rows) × \(columns).")
        self.init(rows: rows, columns: columns)
        values.withUnsafeBufferPointer { source in
            guard let start = source.baseAddress, !source.isEmpty else { return }
            base.update(from: start, count: source.count)
        }
    }

    /// The number at a place.
    public subscript(row: Int, column: Int) -> Float {
        get {
            precondition(row >= 0 && row < rows && column >= 0 && column < columns, "There is no [\(row), \(column)].")
            return base[row * columns + column]
        }
        set {
            precondition(row >= 0 && row < rows && column >= 0 && column < columns, "There is no [\(row), \(column)].")
            base[row * columns + column] = newValue
        }
    }

    /// A copy of one row.
    public func row(_ index: Int) -> [Float] {
        precondition(index >= 0 && index < rows, "There is no row \(index) among \(rows).")
        return [Float](UnsafeBufferPointer(start: base + index * columns, count: columns))
    }

    /// Overwrites one row.
    public func setRow(_ index: Int, to values: [Float]) {
        precondition(index >= 0 && index < rows, "There is no row \(index) among \(rows).")
        precondition(values.count == columns, "A row of \(columns) cannot take \(values.count) values.")
        values.withUnsafeBufferPointer { source in
            guard let start = source.baseAddress, !source.isEmpty else { return }
            (base + index * columns).update(from: start, count: columns)
        }
    }

    /// A copy of all numbers, row by row.
    public var values: [Float] { [Float](UnsafeBufferPointer(start: base, count: rows * columns)) }

    /// A copy of all numbers as a file stores them.
    public var bytes: MappedBytes {
        MappedBytes([UInt8](UnsafeRawBufferPointer(start: base, count: rows * columns * 4)))
    }

    /// Changes the number of rows. Rows that remain keep their numbers; new ones hold anything.
    public func resize(rows: Int) {
        precondition(rows >= 0, "A matrix cannot have \(rows) rows.")
        let needed = rows * columns * MemoryLayout<Float>.stride
        precondition(offset == 0 || needed <= storage.byteCount - offset, "A part of an arena cannot grow out of it.")
        if needed > storage.byteCount {
            let larger = AlignedStorage(byteCount: needed)
            larger.base.copyMemory(from: storage.base, byteCount: self.rows * columns * MemoryLayout<Float>.stride)
            storage = larger
        }
        self.rows = rows
    }

    /// Copies `count` rows of `source`, which must have as many columns.
    public func copyRows(_ count: Int, from source: Matrix, at sourceRow: Int = 0, to row: Int = 0) {
        precondition(source.columns == columns, "Rows of \(source.columns) do not fit rows of \(columns).")
        precondition(
            count >= 0 && sourceRow >= 0 && sourceRow + count <= source.rows && row >= 0 && row + count <= rows,
            "Rows \(sourceRow)..<\(sourceRow + count) of \(source.rows) do not go to \(row)..<\(row + count) of \(rows)."
        )
        (base + row * columns).update(from: source.base + sourceRow * columns, count: count * columns)
    }

    /// Sets every number to `value`.
    public func fill(with value: Float) { base.update(repeating: value, count: rows * columns) }

    /// Calls `body` with all numbers, row by row; the pointer is valid only during the call.
    public func withUnsafeMutableBufferPointer<Result>(
        _ body: (UnsafeMutableBufferPointer<Float>) throws -> Result
    ) rethrows -> Result {
        try body(UnsafeMutableBufferPointer(start: base, count: rows * columns))
    }

    /// The first number, for kernels.
    var base: UnsafeMutablePointer<Float> { (storage.base + offset).assumingMemoryBound(to: Float.self) }

    /// The first number of a row, for kernels.
    func pointer(row: Int) -> UnsafeMutablePointer<Float> { base + row * columns }
}
