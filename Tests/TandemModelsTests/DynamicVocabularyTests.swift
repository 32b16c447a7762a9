import TandemMath
import TandemModels
import TandemTestSupport
import Testing

/// Logits of tokens that a conversation brings with it.
struct DynamicVocabularyTests {
    private static let draftTokens = [7, 49, 0, 12, 30]

    /// A pair with a frozen head over all tokens or over five.
    private struct Pair {
        let reader: Reader
        let configuration: TandemConfiguration
        let model: SmallModel
        let scratch: SmallScratch

        init(_ tiny: TinyModel, draftTokens: [Int]?, form: SmallModel.Form, head: TandemConfiguration.Head = .large)
            throws
        {
            reader = try tiny.load(threads: 2)
            let shape = reader.model.configuration
            configuration = try TandemConfiguration(
                small: TransformerConfiguration(
                    architecture: .llama, vocabularyCount: 50, width: shape.width, layerCount: 1, headCount: 4,
                    keyValueHeadCount: 2, feedForwardWidth: 64, contextLength: 64), largeWidth: shape.width,
                largeLayerCount: shape.layerCount, memory: .none, head: head, draftTokens: draftTokens)
            var weights = configuration.makeWeights(seed: 6)
            // A frozen head is the large model's.
            if head == .large { weights[.head] = nil }
            model = try SmallModel(configuration, weights: weights, large: reader.model, form: form, pool: reader.pool)
            scratch = SmallScratch(configuration)
        }

        func logits(_ tokens: [[Int]], extra: [DynamicVocabulary?]) throws -> SmallOutput {
            try model.forward(
                zip(tokens, extra).map { SmallSpan(cache: model.makeCache(capacity: 9), tokens: $0, extra: $1) },
                logits: .all, scratch: scratch, pool: reader.pool)
        }
    }

    @Test(arguments: TinyModel.all) func `a token's logit is the same in the draft vocabulary and beside it`(
        _ tiny: TinyModel
    ) throws {
        let whole = try Pair(tiny, draftTokens: nil, form: .packed(.float32))
        let part = try Pair(tiny, draftTokens: Self.draftTokens, form: .packed(.float32))
        #expect(whole.model.makeDynamicVocabulary() == nil)
        let extra = try #require(part.model.makeDynamicVocabulary())
        extra.insert([3, 7, 3, 44, -1, 50, 21])
        #expect(extra.tokens == [3, 44, 21] && extra.columnCount == 8)
        let expected = try whole.logits([[1, 2, 3]], extra: [nil]).logits
        let found = try part.logits([[1, 2, 3]], extra: [extra]).logits
        #expect(found.columns >= 8 && found.rows == 3)
        for row in 0..<3 {
            for column in 0..<found.columns {
                guard let token = extra.token(at: column) else {
                    #expect(found[row, column] == -.infinity)
                    continue
                }
                #expect(found[row, column] == expected[row, token], "token \(token)")
                #expect(extra.column(of: token) == column)
            }
        }
        let alone = try part.logits([[1, 2, 3]], extra: [nil]).logits
        #expect(alone.columns == 5)
        for row in 0..<3 { #expect(alone.row(row) == Array(found.row(row)[..<5])) }
        #expect(extra.column(of: 1) == nil && extra.token(at: 8) == nil)
    }

    @Test(arguments: [SmallModel.Form.training, .packed(.float32), .packed(.q8_0)])
    func `conversations in one pass have their own tokens`(form: SmallModel.Form) throws {
        let pair = try Pair(.plain, draftTokens: Self.draftTokens, form: form)
        func vocabulary(_ tokens: [Int]) throws -> DynamicVocabulary {
            let vocabulary = try #require(pair.model.makeDynamicVocabulary())
            vocabulary.insert(tokens)
            return vocabulary
        }
        let extra = [try vocabulary([1, 2, 3]), nil, try vocabulary([]), try vocabulary(Array(13...29))]
        let tokens = [[4, 5], [6], [7, 8, 9], [10]]
        let alone = try (0..<4).map { index -> [[Float]] in
            let output = try pair.logits([tokens[index]], extra: [extra[index]])
            return (0..<output.logits.rows).map { output.logits.row($0) }
        }
        let output = try pair.logits(tokens, extra: extra)
        #expect(output.logitRows == [0..<2, 2..<3, 3..<6, 6..<7])
        for (index, rows) in output.logitRows.enumerated() {
            let used = 5 + (extra[index]?.tokens.count ?? 0)
            for (row, expected) in zip(rows, alone[index]) {
                let found = output.logits.row(row)
                #expect(Array(found[..<used]) == Array(expected[..<used]))
                #expect(found[used...].allSatisfy { $0 == -.infinity })
            }
        }
    }

    @Test func `a full vocabulary lets the oldest token go`() throws {
        let pair = try Pair(.plain, draftTokens: Self.draftTokens, form: .packed(.float32))
        let extra = try #require(pair.model.makeDynamicVocabulary(limit: 3))
        extra.insert([1, 2, 3, 4, 2])
        #expect(extra.tokens == [4, 2, 3])
        extra.insert([1])
        #expect(extra.tokens == [4, 1, 3])
        #expect(extra.column(of: 2) == nil && extra.column(of: 1) == 6)
        let output = try pair.model.forward(
            [SmallSpan(cache: pair.model.makeCache(capacity: 9), tokens: [1], extra: extra)], scratch: pair.scratch,
            pool: pair.reader.pool
        ).logits.row(0)
        let fresh = try #require(pair.model.makeDynamicVocabulary())
        fresh.insert([4, 1, 3])
        let again = try pair.logits([[1]], extra: [fresh]).logits.row(0)
        #expect(output == again)
        extra.removeAll()
        #expect(extra.tokens.isEmpty && extra.column(of: 4) == nil && extra.columnCount == 5)
    }

    @Test func `a head of its own has no rows for other tokens`() throws {
        let pair = try Pair(.plain, draftTokens: Self.draftTokens, form: .packed(.float32), head: .own)
        #expect(pair.model.makeDynamicVocabulary() == nil)
    }

    @Test func `a head that is left out needs the large model`() throws {
        let pair = try Pair(.plain, draftTokens: Self.draftTokens, form: .training)
        var weights = pair.configuration.makeWeights(seed: 6)
        weights[.head] = nil
        #expect(throws: ModelError.weightShape("head", found: [], expected: [5, 64])) {
            try SmallModel(pair.configuration, weights: weights, form: .packed(.float32), pool: pair.reader.pool)
        }
    }
}
