import TandemDecoding
import TandemMath
import TandemModels

/// What was seen of one conversation while the large model read it.
struct Recording {
    /// The likeliest tokens wherever logits were asked for.
    var tokens: [UInt32] = []
    /// Their log-probabilities.
    var logProbabilities: [Float] = []
    /// The hidden states of every token that was read, normalised, in half precision.
    var states: [UInt8] = []
    /// How many tokens were read.
    var readCount = 0
}

/// The large model as a `Target` that takes notes: in the same pass that answers, the likeliest tokens and the hidden states
/// are kept for each conversation.
///
/// For conversations without drafts: what was read stays read, and every row of logits is that of a token that is kept.
final class RecordingTarget: Target {
    var vocabularyCount: Int { target.vocabularyCount }
    var contextLength: Int { target.contextLength }
    private let target: LargeTarget
    private let topCount: Int
    private let states: [Int]
    private let pool: ComputePool
    private let normEpsilon: Float
    private let normalized: [Matrix]
    private let ones: Matrix
    private var recordings: [Int: Recording] = [:]

    /// - Parameters:
    ///   - model: The weights.
    ///   - topCount: How many of the likeliest tokens to keep.
    ///   - states: Which hidden states to keep, ascending.
    ///   - pool: Threads for the passes.
    init(_ model: LargeModel, topCount: Int, states: [Int], pool: ComputePool) {
        target = LargeTarget(model, contextLength: model.configuration.contextLength, pool: pool)
        self.topCount = topCount
        self.states = states
        self.pool = pool
        normEpsilon = model.configuration.normEpsilon
        normalized = states.map { _ in Matrix(rows: 0, columns: model.configuration.width) }
        ones = Matrix(rows: 1, columns: model.configuration.width)
        ones.fill(with: 1)
    }

    func open() -> TargetMemory {
        let memory = target.open()
        recordings[memory.number] = Recording()
        return memory
    }

    func close(_ memory: TargetMemory) {
        target.close(memory)
        recordings[memory.number] = nil
    }

    func keep(_ count: Int, in memory: TargetMemory) {
        precondition(
            count == recordings[memory.number]?.readCount,
            "A conversation that takes notes has no drafts, so that nothing is forgotten.")
        target.keep(count, in: memory)
    }

    func read(_ spans: [TargetSpan], capturing others: Set<Int>) throws -> TargetReading {
        let reading = try target.read(spans, capturing: others.union(states))
        let top = Kernels.likeliestTokens(reading.logits.allRows, count: topCount, on: pool)
        for (state, matrix) in zip(states, normalized) {
            guard let captured = reading.hiddenStates[state] else { continue }
            matrix.resize(rows: captured.rows)
            Kernels.rmsNorm(captured, weight: ones, epsilon: normEpsilon, into: matrix, pool: pool)
        }
        var (logitRow, tokenRow) = (0, 0)
        for span in spans {
            let entries = logitRow * topCount..<(logitRow + span.logitCount) * topCount
            let number = span.memory.number
            recordings[number]?.tokens += top.tokens[entries]
            recordings[number]?.logProbabilities += top.logProbabilities[entries]
            recordings[number]?.readCount += span.tokens.count
            for row in tokenRow..<tokenRow + span.tokens.count {
                for matrix in normalized { recordings[number]?.states += matrix.halfPrecisionBytes(row: row) }
            }
            logitRow += span.logitCount
            tokenRow += span.tokens.count
        }
        return reading
    }

    /// What was seen of a conversation so far.
    func recording(of memory: TargetMemory) -> Recording { recordings[memory.number] ?? Recording() }
}
