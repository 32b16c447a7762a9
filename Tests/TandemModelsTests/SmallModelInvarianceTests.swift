import CTandemKernels
import TandemMath
import TandemModels
import Testing

/// What a pass of the small model leaves does not depend on what else is in it.
struct SmallModelInvarianceTests {
    /// Three sequences in one matrix of hidden states. Where bf16 is multiplied in pairs, sums over rows take two rows at a
    /// time, and only what is cut between pairs goes on with the same bits.
    private static let parts =
        tk_isa_current() == TK_ISA_AVX512BF16 ? [0..<8, 8..<10, 10..<23] : [0..<9, 9..<10, 10..<23]

    private struct Trained {
        var hidden: [[Float]] = []
        var logits: [[Float]] = []
        var gradients: [SmallParameter: Matrix] = [:]
    }

    /// Runs sequences through training passes of the given groups, gradients added up.
    private static func train(_ pair: TinyPair, groups: [[Int]], threads: Int) throws -> Trained {
        let pool = ComputePool(threadCount: threads)
        let model = try SmallModel(
            pair.configuration, weights: pair.weights, large: pair.reader.model, form: .training, pool: pool)
        var generator = SeededGenerator(seed: 4)
        let direction = (0..<23).map { _ in (0..<16).map { _ in Float(generator.nextNormal()) } }
        let schedules = parts.map { BlockSchedule.drawn(lengths: 1...4, count: $0.count, using: &generator) }
        let scratch = SmallScratch(pair.configuration, forTraining: true)
        var result = Trained()
        for shape in pair.configuration.parameters where shape.parameter != .head {
            result.gradients[shape.parameter] = Matrix(rows: shape.rows, columns: shape.columns)
        }
        for group in groups {
            let caches = group.map { model.makeCache(capacity: parts[$0].count) }
            let spans = zip(group, caches).map { MemorySpan(cache: $1, rows: parts[$0]) }
            try model.absorb(spans, hiddenStates: pair.hidden, scratch: scratch, pool: pool)
            let output = try model.forward(
                zip(group, caches).map {
                    SmallSpan(cache: $1, tokens: Array(pair.tokens[parts[$0]]), blocks: schedules[$0])
                }, logits: .all, scratch: scratch, pool: pool)
            result.hidden += (0..<output.hidden.rows).map { output.hidden.row($0) }
            result.logits += (0..<output.logits.rows).map { output.logits.row($0) }
            let rows = group.flatMap { parts[$0] }
            let gradient = Matrix(rows: rows.count, columns: 16)
            for (row, origin) in rows.enumerated() { gradient.setRow(row, to: direction[origin]) }
            model.backward(
                gradient, absorbed: spans, hiddenStates: pair.hidden, gradients: result.gradients, scratch: scratch,
                pool: pool)
        }
        return result
    }

    @Test(arguments: TinyPair.memories, [Architecture.llama, .qwen2, .qwen3])
    func `bits of training depend neither on the batch nor on threads`(
        memory: TandemConfiguration.Memory, architecture: Architecture
    ) throws {
        let pair = try TinyPair(
            memory: memory, embedding: .large(projected: true), architecture: architecture, count: 23)
        let alone = try Self.train(pair, groups: [[0], [1], [2]], threads: 1)
        let together = try Self.train(pair, groups: [[0, 1, 2]], threads: 2)
        let mixed = try Self.train(pair, groups: [[0, 1], [2]], threads: 2)
        for other in [together, mixed] {
            #expect(other.hidden == alone.hidden)
            #expect(other.logits == alone.logits)
            for (parameter, gradient) in alone.gradients {
                let found = other.gradients[parameter]?.values ?? []
                switch parameter {
                case let parameter where parameter.isVector:
                    // Sums of whole runs of rows are added to each other, so that threads may share the rows.
                    let bound = 1e-5 * max(rootMeanSquare(gradient.values), 1)
                    #expect(greatestDifference(found, gradient.values) < bound, "\(parameter)")
                case .layer(_, .key), .layer(_, .value):
                    // Rows of the sequence come first and rows of memory after them, so a batch adds in another order.
                    let bound = 1e-4 * max(rootMeanSquare(gradient.values), 1)
                    #expect(greatestDifference(found, gradient.values) < bound, "\(parameter)")
                default:
                    // Every product's sum goes on with what is there, row after row.
                    #expect(found == gradient.values, "\(parameter)")
                }
            }
        }
        let threads = try Self.train(pair, groups: [[0, 1, 2]], threads: 1)
        for (parameter, gradient) in together.gradients {
            #expect(threads.gradients[parameter]?.values == gradient.values, "\(parameter)")
        }
    }

    @Test(arguments: TinyPair.memories, [SmallModel.Form.training, .packed(.float32)])
    func `a draft has the same bits beside strangers and after a rejected one`(
        memory: TandemConfiguration.Memory, form: SmallModel.Form
    ) throws {
        let pair = try TinyPair(memory: memory, embedding: .large(projected: true), count: 23)
        let model = try pair.model(form)
        let (pool, scratch) = (pair.reader.pool, SmallScratch(pair.configuration))
        func draft(_ caches: [TandemCache], _ tokens: [[Int]]) throws -> [[Float]] {
            let output = try model.forward(
                zip(caches, tokens).map { SmallSpan(cache: $0, tokens: $1) }, logits: .all, scratch: scratch, pool: pool
            )
            return (0..<output.logits.rows).map { output.logits.row($0) }
        }
        func read(_ cache: TandemCache, _ rows: Range<Int>) throws {
            try model.absorb(
                [MemorySpan(cache: cache, rows: rows)], hiddenStates: pair.hidden, scratch: scratch, pool: pool)
        }
        let plain = model.makeCache(capacity: 30)
        try read(plain, 0..<6)
        if memory != .none { plain.beginBlock() } else { _ = try draft([plain], [Array(pair.tokens[..<6])]) }
        let expected = try [3, 4, 5].flatMap { try draft([plain], [[$0]]) }
        // The same after drafts and states that were taken back, with a stranger beside it.
        let (cache, stranger) = (model.makeCache(capacity: 30), model.makeCache(capacity: 30))
        try read(cache, 0..<4)
        cache.beginBlock()
        if memory == .none { _ = try draft([cache], [Array(pair.tokens[..<6])]) }
        _ = try draft([cache], [[7, 8, 9, 1]])
        cache.truncate(to: memory == .none ? 6 : 4)
        try read(cache, 4..<11)
        cache.beginBlock()
        _ = try draft([cache], [[2]])
        cache.truncate(to: 6)
        cache.beginBlock()
        #expect(cache.position == 6)
        try read(stranger, 10..<23)
        stranger.beginBlock()
        var found = [[Float]]()
        for token in [3, 4, 5] { found.append(try draft([stranger, cache], [[40, 41], [token]])[2]) }
        #expect(found == expected)
    }

    @Test func `what is not a number stays in its conversation`() throws {
        let pair = try TinyPair(memory: .perLayer(.topAligned), count: 12)
        let (model, pool) = (try pair.model(.packed(.float32)), pair.reader.pool)
        let scratch = SmallScratch(pair.configuration)
        func draft(_ caches: [TandemCache]) throws -> [[Float]] {
            for cache in caches { cache.beginBlock() }
            let output = try model.forward(
                caches.map { SmallSpan(cache: $0, tokens: [5]) }, scratch: scratch, pool: pool)
            return (0..<output.logits.rows).map { output.logits.row($0) }
        }
        func read(_ spans: [(TandemCache, Range<Int>)], _ states: [Int: Matrix]) throws {
            try model.absorb(
                spans.map { MemorySpan(cache: $0, rows: $1) }, hiddenStates: states, scratch: scratch, pool: pool)
        }
        let expected = model.makeCache(capacity: 20)
        try read([(expected, 0..<5)], pair.hidden)
        let clean = try draft([expected])[0]
        var broken: [Int: Matrix] = [:]
        for (state, matrix) in pair.hidden {
            let copy = Matrix(rows: 12, columns: 64, values: matrix.values)
            copy[8, 3] = .nan
            copy[9, 4] = .infinity
            broken[state] = copy
        }
        let (bad, good) = (model.makeCache(capacity: 20), model.makeCache(capacity: 20))
        try read([(bad, 3..<12), (good, 0..<5)], broken)
        let logits = try draft([bad, good])
        #expect(logits[1] == clean)
        #expect(logits[0].allSatisfy { $0.isNaN }, "Whoever drafts must see that there is nothing to be drafted.")
        // And it goes when the position goes.
        bad.truncate(to: 0)
        try read([(bad, 0..<5)], broken)
        #expect(try draft([bad])[0] == clean)
    }

    @Test func `weights that are not numbers are refused by name`() throws {
        let pair = try TinyPair(memory: .none)
        var weights = pair.weights
        let up = Matrix(rows: 24, columns: 16)
        up[3, 3] = .infinity
        weights[.layer(1, .up)] = up
        for form in [SmallModel.Form.training, .packed(.float32)] {
            #expect(throws: ModelError.weightNotFinite("layers.1.up")) {
                try SmallModel(pair.configuration, weights: weights, form: form, pool: pair.reader.pool)
            }
        }
    }
}
