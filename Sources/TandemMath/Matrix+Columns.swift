extension Matrix {
    /// Copies all rows of `source`, which may have fewer columns, to the same rows from `column` on.
    public func copyColumns(from source: Matrix, to column: Int = 0) {
        precondition(
            column >= 0 && column + source.columns <= columns && source.rows <= rows,
            "\(source.rows) rows of \(source.columns) do not fit \(rows) of \(columns) at column \(column).")
        for row in 0..<source.rows {
            (pointer(row: row) + column).update(from: source.pointer(row: row), count: source.columns)
        }
    }

    /// Copies a row of `source`, which may have more columns: as many as there are here.
    public func copyLeadingColumns(from source: Matrix, at sourceRow: Int, to row: Int) {
        precondition(
            columns <= source.columns && sourceRow >= 0 && sourceRow < source.rows && row >= 0 && row < rows,
            "Row \(sourceRow) of \(source.rows) × \(source.columns) does not fill row \(row) of \(rows) × \(columns).")
        pointer(row: row).update(from: source.pointer(row: sourceRow), count: columns)
    }

    /// Sets the numbers of some columns of a row to `value`.
    public func fill(row: Int, columns range: Range<Int>, with value: Float) {
        precondition(
            row >= 0 && row < rows && range.lowerBound >= 0 && range.upperBound <= columns,
            "Row \(row) of \(rows) has no columns \(range).")
        (pointer(row: row) + range.lowerBound).update(repeating: value, count: range.count)
    }
}

extension Matrix {
    /// A copy with rows and columns exchanged.
    public func transposed() -> Matrix {
        let result = Matrix(rows: columns, columns: rows)
        for row in 0..<rows {
            let numbers = pointer(row: row)
            for column in 0..<columns { result.base[column * rows + row] = numbers[column] }
        }
        return result
    }

    /// Multiplies column *c* of every row by `factors[c]`.
    public func scaleColumns(by factors: [Float]) {
        precondition(factors.count == columns, "\(factors.count) factors do not fit \(columns) columns.")
        for row in 0..<rows {
            let numbers = pointer(row: row)
            for column in 0..<columns { numbers[column] *= factors[column] }
        }
    }
}
