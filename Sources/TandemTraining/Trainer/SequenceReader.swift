import TandemMath
import TandemModels

/// Takes some sequences through the large model (or to its stored states) and the small one, in one pass.
///
///     pieces ── large model, or stored states ──► hidden states ── absorb ──► memory rows ┐
///       └─────────────── tokens, cut into blocks ─────────────────────────────────────────┴─ forward ──► final states
///
/// Caches and scratch stay for the next pass. The same reader serves training and measuring, and any small model of its
/// configuration.
final class SequenceReader {
    /// What a pass leaves for the loss and for the way back; valid until the next pass.
    struct Reading {
        /// Final states of the small model, sequence after sequence, without rows of which nothing is learnt.
        let hidden: Matrix
        /// What they shall predict.
        let targets: LossTargets
        /// For each of these rows, its row among the hidden states.
        let rows: [Int]
        /// Hidden states of the large model, sequence after sequence.
        let hiddenStates: [Int: Matrix]
        /// Which rows of them went to which cache.
        let spans: [MemorySpan]
    }

    private let configuration: TandemConfiguration
    private let origin: StateOrigin
    private let large: LargeModel?
    private let largeScratch: ModelScratch?
    private let needsFinalState: Bool
    let scratch: SmallScratch
    private var caches: [TandemCache] = []
    private var largeCaches: [KeyValueCache] = []
    private var stored: [Int: Matrix] = [:]

    /// A reader for small models of one shape.
    ///
    /// - Parameters:
    ///   - large: The large model; needed to recompute states.
    ///   - teaches: Whether the large model's final state is wanted for its logits.
    ///   - forTraining: Whether a way back follows.
    init(
        _ configuration: TandemConfiguration, origin: StateOrigin, large: LargeModel?, teaches: Bool, forTraining: Bool
    ) {
        self.configuration = configuration
        self.origin = origin
        self.large = large
        needsFinalState = teaches
        largeScratch = large.map { ModelScratch($0.configuration) }
        scratch = SmallScratch(configuration, forTraining: forTraining)
    }

    /// Reads sequences, which must not be longer than `capacity`.
    func read(
        _ sequences: [TrainingSequence], pieces: [SequencePlan.Piece], of data: TrainingData, capacity: Int,
        model: SmallModel, pool: ComputePool
    ) throws -> Reading {
        while caches.count < sequences.count { caches.append(model.makeCache(capacity: capacity)) }
        for cache in caches.prefix(sequences.count) { cache.truncate(to: 0) }
        let states = try hiddenStates(sequences, pieces: pieces, of: data, capacity: capacity, pool: pool)
        var spans: [MemorySpan] = []
        var row = 0
        for (index, sequence) in sequences.enumerated() {
            spans.append(MemorySpan(cache: caches[index], rows: row..<row + sequence.inputs.count))
            row += sequence.inputs.count
        }
        try model.absorb(spans, hiddenStates: states, scratch: scratch, pool: pool)
        var smallSpans: [SmallSpan] = []
        var rows: [Int] = []
        for (sequence, span) in zip(sequences, spans) {
            let first = firstPosition(of: sequence)
            span.cache.beginBlock(at: first)
            smallSpans.append(
                SmallSpan(cache: span.cache, tokens: Array(sequence.inputs[first...]), blocks: sequence.blocks))
            rows += span.rows.dropFirst(first)
        }
        let output = try model.forward(smallSpans, logits: .none, scratch: scratch, pool: pool)
        return Reading(
            hidden: output.hidden,
            targets: LossTargets(joining: sequences.map { $0.targets.dropFirst(firstPosition(of: $0)) }), rows: rows,
            hiddenStates: states, spans: spans)
    }

    /// Where the first block begins in which something is learnt. With memory the small model need not read what stands before
    /// it, which is most of a prompt: later blocks see memory alone.
    private func firstPosition(of sequence: TrainingSequence) -> Int {
        guard configuration.memory != .none, let first = sequence.targets.weights.firstIndex(where: { $0 != 0 }) else {
            return 0
        }
        return sequence.blocks.start(of: first)
    }

    private func hiddenStates(
        _ sequences: [TrainingSequence], pieces: [SequencePlan.Piece], of data: TrainingData, capacity: Int,
        pool: ComputePool
    ) throws -> [Int: Matrix] {
        let wanted = configuration.capturedStates
        switch origin {
        case .stored:
            let rowCount = sequences.reduce(0) { $0 + $1.inputs.count }
            for state in wanted {
                let matrix = stored[state] ?? Matrix(rows: 0, columns: configuration.largeWidth)
                stored[state] = matrix
                matrix.resize(rows: rowCount)
                var row = 0
                for (piece, sequence) in zip(pieces, sequences) {
                    let range = piece.tokens.lowerBound..<piece.tokens.lowerBound + sequence.inputs.count
                    try data.states(range, state: state, into: matrix, at: row)
                    row += range.count
                }
            }
            return stored
        case .recomputed:
            let captured = needsFinalState ? wanted.union([configuration.largeLayerCount]) : wanted
            guard !captured.isEmpty else { return [:] }
            guard let large, let largeScratch else {
                throw TrainingError(
                    "States that are not stored are the large model's to make, and there is none; load it.")
            }
            while largeCaches.count < sequences.count { largeCaches.append(large.makeCache(capacity: capacity)) }
            for cache in largeCaches.prefix(sequences.count) { cache.truncate(to: 0) }
            return try large.forward(
                sequences.enumerated().map {
                    ModelSpan(cache: largeCaches[$0.offset], tokens: $0.element.inputs, logits: .none)
                },
                capturing: captured, scratch: largeScratch, pool: pool
            ).hiddenStates
        }
    }

    /// The large model's probabilities of the draft vocabulary's rows, after some of the last pass's rows.
    func teacher(
        _ reading: Reading, vocabulary: DraftVocabulary, renormalizes: Bool, pool: ComputePool
    ) -> ChunkedHead.Teacher? {
        guard needsFinalState, origin == .recomputed, let large, let largeScratch,
            let states = reading.hiddenStates[configuration.largeLayerCount]
        else { return nil }
        let tokens = vocabulary.allTokens
        return { positions, probabilities in
            var facts: [ChunkedHead.TeacherFacts] = []
            // A few rows at a time: logits over the whole vocabulary take much room.
            for start in stride(from: positions.startIndex, to: positions.endIndex, by: 128) {
                let part = positions[start..<min(positions.endIndex, start + 128)].map { reading.rows[$0] }
                let logits = large.logits(afterFinal: states, rows: part[...], scratch: largeScratch, pool: pool)
                pool.run(chunkCount: part.count) { row in
                    Kernels.teacherProbabilities(
                        logits, row: row, tokens: tokens, renormalizes: renormalizes, into: probabilities,
                        row: start - positions.startIndex + row)
                }
                for row in part.indices {
                    var share: Float = 1
                    if renormalizes {
                        share = Self.share(
                            of: tokens, in: logits, row: row, scaled: probabilities,
                            at: start - positions.startIndex + row)
                    }
                    facts.append(.init(greatest: Kernels.argmax(logits, row: row), share: share))
                }
            }
            return facts
        }
    }

    /// What some tokens have of everything: how much smaller one of them is than where they were scaled up to 1.
    private static func share(
        of tokens: [Int32], in logits: Matrix, row: Int, scaled: Matrix, at scaledRow: Int
    ) -> Float {
        let column = Kernels.argmax(scaled, row: scaledRow)
        let difference = logits[row, Int(tokens[column])] - Kernels.logSumExp(logits, row: row)
        return min(1, Float(exponential(Double(difference)) / Double(scaled[scaledRow, column])))
    }
}
