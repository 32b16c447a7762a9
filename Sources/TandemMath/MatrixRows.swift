/// Some neighbouring rows of a matrix, in place.
///
///     let hidden = Matrix(rows: 8, columns: 4)
///     hidden[rows: 2..<5].count   // 3
public struct MatrixRows: Sendable {
    /// Whose rows they are.
    public let matrix: Matrix
    /// Which.
    public let range: Range<Int>

    /// Rows `range` of `matrix`.
    public init(_ matrix: Matrix, _ range: Range<Int>) {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= matrix.rows, "Rows \(range) do not lie in \(matrix.rows).")
        self.matrix = matrix
        self.range = range
    }

    /// How many rows.
    public var count: Int { range.count }

    /// How many columns.
    public var columns: Int { matrix.columns }

    /// The first number of the row that is `row`-th among these.
    func pointer(row: Int) -> UnsafeMutablePointer<Float> { matrix.pointer(row: range.lowerBound + row) }
}

extension Matrix {
    /// Some of the rows, in place.
    public subscript(rows range: Range<Int>) -> MatrixRows { MatrixRows(self, range) }

    /// Every row, in place.
    public var allRows: MatrixRows { MatrixRows(self, 0..<rows) }
}
