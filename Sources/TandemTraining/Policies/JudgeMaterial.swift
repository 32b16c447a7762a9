public import TandemMath
public import TandemModels
import TandemText

/// Reads answers with the large model and keeps its last state after each token that is known to be good or bad.
///
///     right answer         every token is good
///     wrong answer         what differs from the right one is bad: of "It is 5." beside "It is 4.", the 5
///     no wrong answer      tokens that the small model would have drafted in the right one's place, and that the large
///                          model finds unlikely there, are bad
public final class JudgeMaterial {
    /// What counts as bad, and how much of it is taken.
    public struct Settings: Sendable, Equatable, Codable {
        /// A drafted token is bad if the large model gives it less than this part of its likeliest token's probability.
        public var doubt = 0.1
        /// Drafted tokens that are taken of an answer, at most.
        public var draftCount = 32
        /// Tokens of question and answer that are read.
        public var longest = 1_024
        /// Decides what is drafted.
        public var seed: UInt64 = 1

        /// The defaults.
        public init() {}
    }

    /// The states of some tokens, and which of these are good.
    public struct LabelledStates: Sendable {
        /// A row for each token.
        public var states: Matrix
        /// Whether it is good.
        public var isGood: [Bool]

        /// All of several, one after another.
        public init(joining parts: [LabelledStates], width: Int) {
            states = Matrix(rows: parts.reduce(0) { $0 + $1.states.rows }, columns: width)
            isGood = parts.flatMap(\.isGood)
            var row = 0
            for part in parts {
                states.copyRows(part.states.rows, from: part.states, at: 0, to: row)
                row += part.states.rows
            }
        }

        init(width: Int) {
            states = Matrix(rows: 0, columns: width)
            isGood = []
        }

        mutating func add(_ rows: Range<Int>, of matrix: Matrix, isGood good: Bool) {
            let start = states.rows
            states.resize(rows: start + rows.count)
            states.copyRows(rows.count, from: matrix, at: rows.lowerBound, to: start)
            isGood += [Bool](repeating: good, count: rows.count)
        }
    }

    private let teacher: Teacher
    private let reader: DraftReader
    private let settings: Settings
    private let pool: ComputePool
    private let scratch: ModelScratch
    private var large: LargeModel { teacher.model }
    private var last: Int { large.configuration.layerCount }

    /// A reader for answers of the teacher's kind, with the small model that will draft.
    public init(_ teacher: Teacher, small: SmallModel, settings: Settings, pool: ComputePool) {
        precondition(settings.draftCount > 0 && settings.longest > 1, "Something is read, and something drafted.")
        self.teacher = teacher
        self.settings = settings
        self.pool = pool
        reader = DraftReader(small, blockLength: 1)
        scratch = ModelScratch(teacher.model.configuration)
    }

    /// Reads an answer; nil if nothing of it fits.
    ///
    /// - Parameters:
    ///   - answer: What was asked and answered.
    ///   - number: Its number among all, for the noise of its drafts.
    public func read(_ answer: JudgedAnswer, number: Int) throws -> LabelledStates? {
        let prompt = try teacher.tokens(answer.messages)
        let room = min(settings.longest, large.configuration.contextLength) - prompt.count
        func tokens(_ text: String) -> [Int] {
            Array(teacher.tokenizer.encode(text, specialTokens: .literal, addsBeginning: false).prefix(max(0, room)))
        }
        let right = tokens(answer.right)
        guard !prompt.isEmpty, !right.isEmpty else { return nil }
        var labelled = LabelledStates(width: large.configuration.width)
        let cache = large.makeCache(capacity: prompt.count + max(right.count, room))
        let output = try large.forward(
            [ModelSpan(cache: cache, tokens: prompt + right, logits: .none)],
            capturing: reader.model.configuration.capturedStates.union([last]), scratch: scratch, pool: pool)
        guard let final = output.hiddenStates[last] else { return nil }
        labelled.add(prompt.count..<prompt.count + right.count, of: final, isGood: true)
        if let wrong = answer.wrong {
            try addErrors(of: tokens(wrong), beside: right, after: prompt.count, cache: cache, to: &labelled)
        } else {
            let drafts = try drafts(
                prompt + right, from: prompt.count - 1, final: final, hiddenStates: output.hiddenStates, number: number)
            try addDrafts(drafts, cache: cache, to: &labelled)
        }
        return labelled
    }

    /// What differs in the wrong answer.
    private func addErrors(
        of wrong: [Int], beside right: [Int], after start: Int, cache: KeyValueCache, to labelled: inout LabelledStates
    ) throws {
        let before = zip(right, wrong).prefix { $0 == $1 }.count
        let rest = min(right.count, wrong.count) - before
        let after = zip(right.reversed(), wrong.reversed()).prefix(rest).prefix { $0 == $1 }.count
        // Where something was left out, the error is that the next token comes too early.
        let end = min(wrong.count, max(before + 1, wrong.count - after))
        guard before < end else { return }
        cache.truncate(to: start + before)
        let output = try large.forward(
            [ModelSpan(cache: cache, tokens: Array(wrong[before..<end]), logits: .none)], capturing: [last],
            scratch: scratch, pool: pool)
        guard let final = output.hiddenStates[last] else { return }
        labelled.add(0..<end - before, of: final, isGood: false)
    }

    /// Drafted tokens, with the positions that they would follow, that the large model finds unlikely there.
    private func drafts(
        _ tokens: [Int], from first: Int, final: Matrix, hiddenStates: [Int: Matrix], number: Int
    ) throws -> [(position: Int, token: Int)] {
        try reader.read(tokens, from: first, hiddenStates: hiddenStates, pool: pool)
        let positions = Array(first..<tokens.count - 1)
        var found: [(position: Int, token: Int)] = []
        for start in stride(from: 0, to: positions.count, by: 64) {
            let chunk = positions[start..<min(positions.count, start + 64)]
            let drawn = reader.draws(
                rows: chunk, noises: chunk.map { GumbelNoise(seed: settings.seed &+ UInt64(number), position: $0 + 1) },
                pool: pool)
            let logits = large.logits(afterFinal: final, rows: chunk, scratch: scratch, pool: pool)
            for (row, (position, token)) in zip(chunk, drawn).enumerated() where token != tokens[position + 1] {
                let greatest = Kernels.argmax(logits, row: row)
                if Double(logits[row, token] - logits[row, greatest]) < leastLogit { found.append((position, token)) }
            }
        }
        let chosen = min(found.count, settings.draftCount)
        return found.indices.filter { EvenSpread.contains($0, chosen: chosen, of: found.count) }.map { found[$0] }
    }

    /// How far below the greatest logit a token is doubtful.
    private var leastLogit: Double { -Double(Kernels.negativeLogarithms([Float(max(1e-30, settings.doubt))])[0]) }

    private func addDrafts(
        _ drafts: [(position: Int, token: Int)], cache: KeyValueCache, to labelled: inout LabelledStates
    ) throws {
        for start in stride(from: 0, to: drafts.count, by: 16) {
            // Each behind its own part of the text, all in one pass.
            let spans = drafts[start..<min(drafts.count, start + 16)].map { draft in
                let branch = cache.fork()
                branch.truncate(to: draft.position + 1)
                return ModelSpan(cache: branch, tokens: [draft.token], logits: .none)
            }
            let output = try large.forward(spans, capturing: [last], scratch: scratch, pool: pool)
            if let final = output.hiddenStates[last] { labelled.add(0..<spans.count, of: final, isGood: false) }
        }
    }
}
