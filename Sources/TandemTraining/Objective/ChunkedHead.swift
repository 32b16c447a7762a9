public import TandemMath
public import TandemModels

/// The output matrix and the loss behind it, chunk by chunk.
///
/// Logits of a whole batch would take more memory than everything else together. So for a few hundred positions at a
/// time: gather their hidden states, multiply by the head, turn the logits into their gradient in place, and multiply
/// back. Positions without weight are never gathered.
///
///     hidden [T, C] ──gather──► [R, C] ──· Wᵀ──► logits [R, V] ──loss──► dlogits (same memory)
///     dHidden [T, C] ◄─scatter── [R, C] ◄──· W───────────────────────────┤
///     dW [V, C]      ◄──── dlogitsᵀ · [R, C] ────────────────────────────┘
public final class ChunkedHead {
    /// Rows of the head.
    public let vocabulary: DraftVocabulary
    /// Channels of a hidden state.
    public let width: Int
    /// Positions of a chunk.
    public let chunkRows: Int
    private let forward: PackedOperand
    private let backward: PackedOperand
    private let gathered: PackedOperand
    private let hidden: Matrix
    private let logits: Matrix
    private let gradient: Matrix
    private let teacher: Matrix

    /// What the teacher says of one position, beyond the rows of the draft vocabulary.
    public struct TeacherFacts: Sendable, Equatable {
        /// Its most probable token of all, as the large model numbers it.
        public var greatest: Int
        /// What its probabilities were divided by: the rows' share of everything if they were scaled up to 1, else 1.
        public var share: Float

        /// The facts as given.
        public init(greatest: Int, share: Float) {
            self.greatest = greatest
            self.share = share
        }
    }

    /// Calls for the teacher's probabilities of some positions, over the rows of the draft vocabulary.
    ///
    /// It gets the positions, fills one row of the matrix for each, and returns the facts of each.
    public typealias Teacher = (_ positions: ArraySlice<Int>, _ probabilities: Matrix) throws -> [TeacherFacts]

    /// Buffers for a head over `vocabulary`; chunks have as many rows as fit in about 32 MB of logits.
    public init(vocabulary: DraftVocabulary, width: Int, chunkRows: Int? = nil) {
        precondition(width > 0 && chunkRows.map { $0 > 0 } ?? true, "A head has channels, and a chunk rows.")
        self.vocabulary = vocabulary
        self.width = width
        self.chunkRows = chunkRows ?? min(1_024, max(128, (32 << 20) / (4 * vocabulary.count) / 128 * 128))
        forward = PackedOperand(depth: width, columns: vocabulary.count)
        backward = PackedOperand(depth: vocabulary.count, columns: width)
        gathered = PackedOperand(depth: 0, columns: 0)
        hidden = Matrix(rows: 0, columns: width)
        logits = Matrix(rows: 0, columns: vocabulary.count)
        gradient = Matrix(rows: 0, columns: width)
        teacher = Matrix(rows: 0, columns: vocabulary.count)
    }

    /// Takes the head's weights `[V, C]`: once if it is frozen, else after every step.
    public func load(_ weights: Matrix, on pool: ComputePool) {
        precondition(
            weights.rows == vocabulary.count && weights.columns == width,
            "A head of \(weights.rows) × \(weights.columns) does not fit \(vocabulary.count) × \(width).")
        Kernels.pack(weights.allRows, transposed: true, into: forward, on: pool)
        Kernels.pack(weights.allRows, transposed: false, into: backward, on: pool)
    }

    /// The losses of all positions, and their gradients.
    ///
    /// The overlap with the teacher is that with its law as it is, whatever the objective makes of that: figures of runs with
    /// different objectives can be compared.
    ///
    /// - Parameters:
    ///   - states: Final states `[T, C]`, after the last norm.
    ///   - targets: What the T positions shall predict.
    ///   - objective: What is made small.
    ///   - normalizer: What weights are divided by: the sum over the whole batch, on all ranks.
    ///   - hiddenGradient: Receives the gradient of the states, zero where nothing counts; nil only measures.
    ///   - weightGradient: Gets the gradient of the head added; nil if it is frozen.
    ///   - teacher: Gives whole distributions; else the targets' top tokens are used, if they are there.
    ///   - pool: Threads for it.
    public func evaluate(
        hidden states: Matrix, targets: LossTargets, objective: Objective, normalizer: Double,
        hiddenGradient: Matrix?, weightGradient: Matrix? = nil, teacher: Teacher? = nil, on pool: ComputePool
    ) throws -> LossSums {
        precondition(states.columns == width, "States of \(states.columns) channels do not fit a head of \(width).")
        precondition(states.rows == targets.labels.count, "\(states.rows) states have \(targets.labels.count) targets.")
        precondition(normalizer > 0, "A loss cannot be divided by \(normalizer).")
        precondition(
            hiddenGradient != nil || weightGradient == nil, "The head's gradient comes with that of the states.")
        precondition(
            hiddenGradient.map { $0.rows == states.rows && $0.columns == width } ?? true,
            "The gradient of the states has another shape than they.")
        hiddenGradient?.fill(with: 0)
        let active = targets.weights.indices.filter { targets.weights[$0] != 0 }
        var sums = LossSums()
        for start in stride(from: 0, to: active.count, by: chunkRows) {
            let positions = active[start..<min(active.count, start + chunkRows)]
            sums += try evaluate(
                positions, of: states, targets: targets, objective: objective, normalizer: normalizer,
                teacher: teacher, on: pool)
            guard let hiddenGradient else { continue }
            Kernels.multiply(logits.allRows, by: backward, into: gradient.allRows, on: pool)
            for (row, position) in positions.enumerated() {
                hiddenGradient.copyRows(1, from: gradient, at: row, to: position)
            }
            if let weightGradient {
                Kernels.pack(hidden.allRows, transposed: false, into: gathered, on: pool)
                Kernels.multiply(
                    logits.allRows, transposed: true, by: gathered, into: weightGradient.allRows, accumulating: true,
                    on: pool)
            }
        }
        return sums
    }

    /// Logits of a chunk, turned into their gradient.
    private func evaluate(
        _ positions: ArraySlice<Int>, of states: Matrix, targets: LossTargets, objective: Objective, normalizer: Double,
        teacher fillTeacher: Teacher?, on pool: ComputePool
    ) throws -> LossSums {
        for matrix in [hidden, logits, gradient] { matrix.resize(rows: positions.count) }
        for (row, position) in positions.enumerated() { hidden.copyRows(1, from: states, at: position, to: row) }
        Kernels.multiply(hidden.allRows, by: forward, into: logits.allRows, on: pool)
        let rows: TeacherRows
        if let fillTeacher {
            teacher.resize(rows: positions.count)
            let facts = try fillTeacher(positions, teacher)
            precondition(facts.count == positions.count, "The teacher speaks of other positions.")
            rows = .whole(
                teacher, greatest: facts.map { vocabulary.row(of: $0.greatest) ?? -1 }, shares: facts.map(\.share))
        } else if let top = targets.top {
            rows = .top(MappedTopTokens(top, positions: positions, vocabulary: vocabulary, objective: objective))
        } else {
            rows = .none
        }
        // The losses leave gradients where the logits are.
        let overlaps =
            objective.renormalizes
            ? Kernels.overlaps(logits.allRows, on: pool) { (row: rows[$0], share: rows.share($0)) } : nil
        let first = positions.startIndex
        let labels = positions.map { vocabulary.row(of: targets.labels[$0]) }
        let losses = Kernels.losses(logits.allRows, weights: objective.weights, on: pool) { row in
            RowTarget(
                label: labels[row], teacher: rows[row],
                scale: Float(Double(targets.weights[positions[first + row]]) / normalizer))
        }
        var sums = LossSums()
        for (row, position) in positions.enumerated() {
            sums.add(
                losses[row], overlap: overlaps?[row] ?? losses[row].overlap,
                weight: Double(targets.weights[position]), label: labels[row], teacherGreatest: rows.greatest(row),
                objective: objective)
        }
        return sums
    }
}

extension LossSums {
    /// - Parameter overlap: that with the teacher's law as it is.
    fileprivate mutating func add(
        _ losses: RowLosses, overlap: Float, weight: Double, label: Int?, teacherGreatest: Int?, objective: Objective
    ) {
        // Without a teacher at this position its losses are no losses.
        let isTaught = teacherGreatest != nil
        var counted = losses
        if !isTaught { (counted.soft, counted.teacherEntropy, counted.overlap) = (0, 0, 1) }
        self.objective += weight * objective.value(counted)
        self.weight += weight
        positionCount += 1
        if let label {
            labelledCount += 1
            self.label += Double(losses.label)
            if losses.greatest == label { correctCount += 1 }
        }
        if let teacherGreatest {
            taughtCount += 1
            soft += Double(losses.soft)
            teacherEntropy += Double(losses.teacherEntropy)
            self.overlap += Double(overlap)
            if teacherGreatest == losses.greatest { agreementCount += 1 }
        }
    }
}

/// What the teacher says about the positions of a chunk.
private enum TeacherRows {
    case none
    case top(MappedTopTokens)
    case whole(Matrix, greatest: [Int], shares: [Float])

    subscript(row: Int) -> TeacherRow {
        switch self {
        case .none: .none
        case .top(let top): top[row]
        case .whole(let matrix, _, _): .whole(matrix, row: row)
        }
    }

    /// What the probabilities of a position were divided by.
    func share(_ row: Int) -> Float {
        switch self {
        case .none: 1
        case .top(let top): top.shares[row]
        case .whole(_, _, let shares): shares[row]
        }
    }

    /// The teacher's most probable row of the vocabulary; −1 if that token has none; nil without a teacher.
    func greatest(_ row: Int) -> Int? {
        switch self {
        case .none: nil
        case .top(let top): top.isEmpty(row) ? nil : top.greatest[row]
        case .whole(_, let greatest, _): greatest[row]
        }
    }
}

/// Top tokens in terms of the draft vocabulary.
private struct MappedTopTokens {
    private var columns: [UInt32] = []
    private var probabilities: [Float] = []
    private var ends: [Int] = []
    /// The most probable token's row, or −1.
    private(set) var greatest: [Int] = []
    /// What probabilities were divided by.
    private(set) var shares: [Float] = []

    init(_ top: TopTokens, positions: ArraySlice<Int>, vocabulary: DraftVocabulary, objective: Objective) {
        columns.reserveCapacity(positions.count * top.count)
        probabilities.reserveCapacity(positions.count * top.count)
        for position in positions {
            let first = columns.count
            var mass: Float = 0
            var best = (logProbability: -Float.infinity, row: -1)
            for index in position * top.count..<(position + 1) * top.count {
                let row = vocabulary.row(of: Int(top.tokens[index]))
                if top.logProbabilities[index] > best.logProbability { best = (top.logProbabilities[index], row ?? -1) }
                guard let row else { continue }
                let probability = Float(exponential(Double(top.logProbabilities[index])))
                columns.append(UInt32(row))
                probabilities.append(probability)
                mass += probability
            }
            let share = objective.renormalizes && mass > 0 ? mass : 1
            if share != 1 { for index in first..<probabilities.count { probabilities[index] /= share } }
            shares.append(share)
            ends.append(columns.count)
            greatest.append(best.row)
        }
    }

    private func range(_ row: Int) -> Range<Int> { (row == 0 ? 0 : ends[row - 1])..<ends[row] }

    func isEmpty(_ row: Int) -> Bool { range(row).isEmpty }

    subscript(row: Int) -> TeacherRow {
        let range = range(row)
        return range.isEmpty ? .none : .top(columns: columns[range], probabilities: probabilities[range])
    }
}
