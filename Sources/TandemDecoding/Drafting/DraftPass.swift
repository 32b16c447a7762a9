import TandemMath

/// Drafts of several conversations, made by one model together: a pass for each place in the block, in which those that want
/// no more drop out.
struct DraftPass {
    /// A conversation's part.
    struct Seat {
        let memory: DraftMemory
        let columns: DraftColumns
        var request: DraftRequest
        var draft: Draft
        /// Room for a row of exactly its columns.
        private var room: Matrix?

        init(_ request: DraftRequest, memory: DraftMemory, of model: any DraftModel) {
            self.request = request
            self.memory = memory
            columns = model.columns(of: memory)
            draft = Draft(source: model.source)
        }
    }

    let model: any DraftModel
    private(set) var seats: [Seat] = []
    /// Passes that the model made.
    private(set) var stepCount = 0
    /// Tokens of all drafts.
    var tokenCount: Int { seats.reduce(0) { $0 + $1.draft.tokens.count } }

    init(_ model: any DraftModel) { self.model = model }

    /// Adds a conversation that wants a guess at all, and nothing for one that does not; its draft will have this place among
    /// ``seats``.
    mutating func add(_ request: DraftRequest, memory: DraftMemory) -> Int? {
        guard request.wantsMore(than: Draft(source: model.source)) else { return nil }
        seats.append(Seat(request, memory: memory, of: model))
        return seats.count - 1
    }

    /// Makes the drafts.
    mutating func run() throws {
        var active = Array(seats.indices)
        guard !active.isEmpty else { return }
        var logits = try model.begin(active.map { seats[$0].memory })
        while true {
            stepCount += 1
            for (row, index) in active.enumerated() {
                try seats[index].take(row, of: logits)
            }
            active.removeAll { !seats[$0].request.wantsMore(than: seats[$0].draft) }
            guard !active.isEmpty else { return }
            logits = try model.extend(
                active.map { seats[$0].memory },
                by: active.map { seats[$0].draft.tokens[seats[$0].draft.tokens.count - 1] })
        }
    }
}

extension DraftPass.Seat {
    /// Chooses the next token from a row of logits.
    mutating func take(_ row: Int, of logits: Matrix) throws {
        let (row, logits) = ownColumns(of: row, logits)
        let column = try request.sampler.chooseColumn(from: row, of: logits, columns: columns)
        let token = columns.token(at: column)
        request.sampler.accept(token)
        draft.tokens.append(token)
        if let topCount = request.policy.topCount {
            var confidence = DraftConfidence(
                row, of: logits, column: column, columns: columns, scale: request.sampler.sampling.scale,
                topCount: topCount)
            confidence.trust = request.policy.trust(in: confidence)
            draft.confidences.append(confidence)
        }
    }

    /// The row with this conversation's columns alone: what stands behind them for another's sake would change the order of
    /// sums, and a draft must not depend on who else drafts. If logits are to be kept, the row is among them.
    private mutating func ownColumns(of row: Int, _ logits: Matrix) -> (row: Int, logits: Matrix) {
        precondition(
            logits.columns >= columns.count, "A row of \(logits.columns) logits is too short for \(columns.count).")
        if request.keepsLogits {
            let kept = draft.logits ?? DraftLogits(matrix: Matrix(rows: 0, columns: columns.count), columns: columns)
            let place = kept.matrix.rows
            kept.matrix.resize(rows: place + 1)
            kept.matrix.copyLeadingColumns(from: logits, at: row, to: place)
            draft.logits = kept
            return (place, kept.matrix)
        }
        guard logits.columns > columns.count else { return (row, logits) }
        let room = room ?? Matrix(rows: 1, columns: columns.count)
        room.copyLeadingColumns(from: logits, at: row, to: 0)
        self.room = room
        return (0, room)
    }
}

extension DraftConfidence {
    /// Reads it from a row of logits.
    init(_ row: Int, of logits: Matrix, column: Int, columns: DraftColumns, scale: Float, topCount: Int) {
        let likeliest = topCount > 0 ? Kernels.greatestColumns(of: logits, row: row, count: topCount) : []
        let law = Kernels.lawSummary(logits, row: row, scale: scale, columns: [UInt32(column)] + likeliest)
        var top = zip(likeliest, law.probabilities.dropFirst()).map { other, probability in
            TokenProbability(token: columns.token(at: Int(other)), probability: probability)
        }
        top.sort { $0.probability > $1.probability }
        self.init(probability: law.probabilities[0], entropy: law.entropy, top: top)
    }
}
