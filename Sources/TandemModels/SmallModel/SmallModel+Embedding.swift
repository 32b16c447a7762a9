import TandemMath

extension SmallModel {
    /// How many numbers an embedding has.
    public var embeddingWidth: Int {
        switch input {
        case .own(let table): table.columns
        case .large(let table, _): table.columns
        }
    }

    /// The embedding of a token: a row of the model's own table, or of the large model's before any projection.
    public func embedding(of token: Int) -> [Float] {
        precondition(
            token >= 0 && token < configuration.small.vocabularyCount,
            "There is no token \(token) to embed.")
        switch input {
        case .own(let table): return table.row(token)
        case .large(let table, _):
            let row = Matrix(rows: 1, columns: table.columns)
            table.unpack(row: token, into: row, at: 0)
            return row.row(0)
        }
    }
}
