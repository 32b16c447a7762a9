import TandemMath

/// Copies of hidden states, row by row.
final class StateBuffer {
    /// Matrices of at least so many rows as there are.
    let hiddenStates: [Int: Matrix]
    /// How many rows there are.
    private(set) var count = 0

    init(_ states: Set<Int>, width: Int) {
        hiddenStates = Dictionary(uniqueKeysWithValues: states.map { ($0, Matrix(rows: 0, columns: width)) })
    }

    /// All rows; where they stand is known to the owner.
    var all: StateRows { StateRows(hiddenStates: hiddenStates, rows: 0..<count, position: 0) }

    func append(_ states: StateRows) {
        let total = count + states.rows.count
        for (state, matrix) in hiddenStates {
            guard let source = states.hiddenStates[state] else {
                preconditionFailure("Hidden state \(state) was asked for and is not among those given.")
            }
            // Ahead of need: rows come one by one, and moving all of them for each would cost more than what they are for.
            if matrix.rows < total { matrix.resize(rows: max(total, 2 * matrix.rows)) }
            matrix.copyRows(states.rows.count, from: source, at: states.rows.lowerBound, to: count)
        }
        count = total
    }

    func truncate(to count: Int) {
        precondition(count >= 0 && count <= self.count, "There are \(self.count) rows, not \(count).")
        self.count = count
    }
}
