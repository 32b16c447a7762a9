import TandemMath
import TandemModels

/// A small model's predictions over one document, at every place of a block.
final class DraftReader {
    let model: SmallModel
    let vocabulary: DraftVocabulary
    private let tokens: [Int32]
    private let drawTokens: [UInt32]
    private let blockLength: Int
    private let scratch: SmallScratch
    private let teacher: Matrix
    /// Final states from some position on, for blocks begun at each offset; one of them if blocks make no difference.
    private let finals: [Matrix]
    /// The positions that these begin at.
    private var firsts: [Int]

    init(_ model: SmallModel, blockLength: Int) {
        self.model = model
        self.blockLength = blockLength
        vocabulary = model.configuration.draftVocabulary
        tokens = vocabulary.allTokens
        drawTokens = tokens.map(UInt32.init)
        scratch = SmallScratch(model.configuration)
        teacher = Matrix(rows: 0, columns: vocabulary.count)
        finals = (0..<(model.configuration.memory == .none ? 1 : blockLength)).map { _ in
            Matrix(rows: 0, columns: model.configuration.small.width)
        }
        firsts = finals.map { _ in 0 }
    }

    /// Reads a document once for each offset.
    ///
    /// - Parameter position: the first whose prediction counts. What stands before its block, a small model with memory need
    ///   not read.
    func read(_ tokens: [Int], from position: Int, hiddenStates: [Int: Matrix], pool: ComputePool) throws {
        let cache = model.makeCache(capacity: tokens.count)
        for (offset, final) in finals.enumerated() {
            let blocks = BlockSchedule.fixed(length: blockLength, offset: offset)
            cache.truncate(to: 0)
            try model.absorb(
                [MemorySpan(cache: cache, rows: 0..<tokens.count)], hiddenStates: hiddenStates, scratch: scratch,
                pool: pool)
            if model.configuration.memory != .none {
                firsts[offset] = blocks.start(of: position)
                cache.beginBlock(at: firsts[offset])
            }
            let output = try model.forward(
                [SmallSpan(cache: cache, tokens: Array(tokens[firsts[offset]...]), blocks: blocks)], logits: .none,
                scratch: scratch, pool: pool)
            final.resize(rows: output.hidden.rows)
            final.copyRows(output.hidden.rows, from: output.hidden)
        }
    }

    /// What the model would draft after some positions, as tokens: with blocks of one, all of them are a block's first.
    func draws(rows: ArraySlice<Int>, noises: [GumbelNoise], pool: ComputePool) -> [Int] {
        let finalRows = rows.map { $0 - firsts[0] }
        let logits = model.logits(afterFinal: finals[0], rows: finalRows[...], scratch: scratch, pool: pool)
        return Kernels.draws(logits.allRows, tokens: drawTokens, noises: noises, on: pool).map(vocabulary.token)
    }

    /// Holds the predictions after some positions against what the large model expects there.
    ///
    /// - Parameter body: called with the place in the block, the position, and how the prediction came out.
    func compare(
        _ target: TargetRows, rows: ArraySlice<Int>, pool: ComputePool, _ body: (Int, Int, RowOutcome) -> Void
    ) {
        teacher.resize(rows: rows.count)
        let (teacher, tokens) = (teacher, tokens)
        pool.run(chunkCount: rows.count) { row in
            Kernels.teacherProbabilities(
                target.logits, row: row, tokens: tokens, renormalizes: false, into: teacher, row: row)
        }
        let labels = target.labels.map { vocabulary.row(of: $0) }
        let largeSurprises = target.surprises.enumerated().map { $1 + logarithm(ofSumOf: teacher, row: $0) }
        for (offset, final) in finals.enumerated() {
            let finalRows = rows.map { $0 - firsts[offset] }
            let logits = model.logits(afterFinal: final, rows: finalRows[...], scratch: scratch, pool: pool)
            let draws =
                target.draws.isEmpty
                ? [] : Kernels.draws(logits.allRows, tokens: drawTokens, noises: target.noises, on: pool)
            let isSecond = isSecond(logits, target: target)
            // This leaves gradients where the logits were.
            let losses = Kernels.losses(
                logits.allRows, weights: LossWeights(label: 1, soft: 0, variation: 0), on: pool
            ) { RowTarget(label: labels[$0], teacher: .whole(teacher, row: $0), scale: 0) }
            for (row, position) in rows.enumerated() {
                let greatest = vocabulary.token(at: losses[row].greatest)
                let outcome = RowOutcome(
                    surprises: labels[row].map { _ in (small: Double(losses[row].label), large: largeSurprises[row]) },
                    isCorrect: greatest == target.labels[row], isAgreeing: greatest == target.greatest[row],
                    overlap: Double(losses[row].overlap),
                    isCoupled: draws.isEmpty ? false : vocabulary.token(at: draws[row]) == target.draws[row],
                    isSecond: isSecond[row])
                if finals.count == 1 {
                    for place in 0..<min(blockLength, position + 1) { body(place, position, outcome) }
                } else if position >= offset {
                    // Before the offset lies the rest of a block that begins at 0, as with offset 0.
                    body((position - offset) % blockLength, position, outcome)
                }
            }
        }
    }

    /// ln of what the draft vocabulary has of everything: added to −ln p, it makes that one among what can be drafted.
    private func logarithm(ofSumOf teacher: Matrix, row: Int) -> Double {
        let share = teacher.row(row).reduce(0) { $0 + Double($1) }
        return -Double(Kernels.negativeLogarithms([max(Float(share), .leastNormalMagnitude)])[0])
    }

    /// For each row, whether the large model's most probable token is the second most probable one.
    private func isSecond(_ logits: Matrix, target: TargetRows) -> [Bool] {
        guard logits.columns > 1 else { return target.greatest.map { _ in false } }
        return target.greatest.enumerated().map { row, wanted in
            let greatest = Kernels.argmax(logits, row: row)
            guard let column = vocabulary.row(of: wanted), column != greatest else { return false }
            return Kernels.greatestColumns(of: logits, row: row, count: 2).contains(UInt32(column))
        }
    }
}
