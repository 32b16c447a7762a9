internal import CTandemKernels

/// Rows picked from a weight, one by one: a head over a part of a vocabulary, or one that grows with a conversation.
///
/// Rows are copied as they are packed, so their products have the bits that the whole weight's have. One takes well below
/// a microsecond.
///
///     let rows = WeightRows(of: head, capacity: 1_024)
///     rows.append(copying: 17)
///     Kernels.multiply(states, [WeightProduct(rows.matrix, into: logits)], pool: pool)
///
/// Not to be changed while a product reads it.
public final class WeightRows {
    /// Where rows come from.
    public let source: WeightMatrix
    /// Rows that it may hold.
    public let capacity: Int
    /// Rows that it holds.
    public private(set) var count = 0
    private var arena: WeightArena
    private var base: UnsafeMutableRawPointer
    private var room = 0
    private var current: WeightMatrix?

    /// No rows yet.
    public init(of source: WeightMatrix, capacity: Int) {
        precondition(capacity >= 0, "There cannot be \(capacity) rows.")
        self.source = source
        self.capacity = capacity
        arena = WeightArena(byteCount: 0)
        base = arena.allocate(0)
    }

    /// The given rows, in this order.
    public convenience init(of source: WeightMatrix, rows: [Int]) {
        self.init(of: source, capacity: rows.count)
        reserve(rows.count)
        for row in rows { append(copying: row) }
    }

    /// The rows as a weight; nil if there are none.
    public var matrix: WeightMatrix? {
        guard count > 0 else { return nil }
        if let current { return current }
        let matrix = WeightMatrix(rows: count, like: source, in: arena, at: base)
        current = matrix
        return matrix
    }

    /// Puts a row of the source behind the others.
    public func append(copying row: Int) {
        precondition(count < capacity, "There is room for \(capacity) rows.")
        reserve(count + 1)
        copy(row, to: count)
        count += 1
        current = nil
    }

    /// Puts a row of the source in the place of one that is there.
    public func replace(_ index: Int, copying row: Int) {
        precondition(index >= 0 && index < count, "There is no row \(index) among \(count).")
        copy(row, to: index)
    }

    /// Takes all rows away. Their memory stays for the next ones.
    public func removeAll() {
        count = 0
        current = nil
    }

    private func copy(_ row: Int, to place: Int) {
        precondition(row >= 0 && row < source.rows, "There is no row \(row) among \(source.rows).")
        withUnsafePointer(to: source.descriptor) {
            tk_copy_row($0, row, base.assumingMemoryBound(to: UInt8.self), place)
        }
    }

    private func reserve(_ rows: Int) {
        guard rows > room else { return }
        // Groups of sixteen; the last one's missing rows are computed too, so they hold numbers.
        let groups = (max(rows, min(capacity, max(64, 2 * room))) + 15) / 16
        let groupBytes = source.descriptor.group_bytes
        let larger = WeightArena(byteCount: groups * groupBytes)
        let start = larger.allocate(groups * groupBytes)
        start.copyMemory(from: base, byteCount: room / 16 * groupBytes)
        (arena, base, room, current) = (larger, start, groups * 16, nil)
    }
}
