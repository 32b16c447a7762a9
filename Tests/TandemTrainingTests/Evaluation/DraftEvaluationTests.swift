import Foundation
import TandemMath
import TandemModels
import TandemTestSupport
import TandemTraining
import Testing

/// A tiny pair with so few tokens that a guess is often right, and texts drawn from a seed.
private struct EvaluationFixture {
    let pool = ComputePool(threadCount: 2)
    let source: RandomModel
    let large: LargeModel
    let documents: [EvaluationDocument]
    /// The same with answers that the large model gives greedily.
    let greedyDocuments: [EvaluationDocument]

    init() throws {
        source = RandomModel(try Self.shape(layerCount: 3))
        large = try LargeModel(source, pool: pool)
        var generator = SeededGenerator(seed: 4)
        let documents = (0..<4).map { index in
            let tokens = (0..<30 + index).map { _ in generator.next(in: 0...5) }
            // A prompt, an answer, another turn of both.
            return EvaluationDocument(
                tokens: tokens, marks: tokens.indices.map { ($0 >= 5 && $0 < 18) || $0 >= 22 })
        }
        self.documents = documents
        let (large, pool) = (large, pool)
        greedyDocuments = try documents.map { document in
            var document = document
            let (cache, scratch) = (large.makeCache(capacity: 64), ModelScratch(large.configuration))
            for index in document.tokens.indices.dropLast() {
                let logits = try large.forward(
                    [ModelSpan(cache: cache, tokens: [document.tokens[index]])], scratch: scratch, pool: pool
                ).logits
                if document.marks[index + 1] { document.tokens[index + 1] = Kernels.argmax(logits, row: 0) }
            }
            return document
        }
    }

    static func shape(layerCount: Int) throws -> TransformerConfiguration {
        try TransformerConfiguration(
            architecture: .llama, vocabularyCount: 6, width: 32, layerCount: layerCount, headCount: 4,
            keyValueHeadCount: 2, feedForwardWidth: 32, contextLength: 64)
    }

    func small(
        _ memory: TandemConfiguration.Memory, draftTokens: [Int]? = nil, form: SmallModel.Form = .packed(.float32)
    ) throws -> SmallModel {
        let configuration = try TandemConfiguration(
            small: Self.shape(layerCount: 2), largeWidth: 32, largeLayerCount: 3, memory: memory,
            draftTokens: draftTokens, addsLastState: memory != .none)
        return try SmallModel(
            configuration, weights: configuration.makeWeights(seed: 11), large: large, form: form, pool: pool)
    }

    func reports(
        _ models: [SmallModel], on documents: [EvaluationDocument]? = nil, blockLength: Int = 4
    ) throws -> [EvaluationReport] {
        let evaluation = try DraftEvaluation(
            of: models, beside: large, settings: .init(blockLength: blockLength, chunkRowCount: 7), pool: pool)
        for document in documents ?? self.documents { try evaluation.add(document) }
        return evaluation.reports
    }

    /// Drafts greedy answers as a decoding loop does, token by token, with the text in the large model's place.
    func draftedRounds(_ model: SmallModel, blockLength: Int) throws -> [Int] {
        var kept = [Int](repeating: 0, count: blockLength + 1)
        let vocabulary = model.configuration.draftVocabulary
        let scratch = SmallScratch(model.configuration)
        for document in greedyDocuments {
            let states = try large.forward(
                [ModelSpan(cache: large.makeCache(capacity: 64), tokens: document.tokens)],
                capturing: model.configuration.capturedStates, scratch: ModelScratch(large.configuration), pool: pool
            ).hiddenStates
            for answer in [5..<18, 22..<document.tokens.count] {
                var start = answer.lowerBound
                while start + blockLength < answer.upperBound {
                    let cache = model.makeCache(capacity: 64)
                    if model.configuration.memory == .none {
                        _ = try model.forward(
                            [SmallSpan(cache: cache, tokens: Array(document.tokens[..<start]))], scratch: scratch,
                            pool: pool)
                    } else {
                        try model.absorb(
                            [MemorySpan(cache: cache, rows: 0..<start)], hiddenStates: states, scratch: scratch,
                            pool: pool)
                        cache.beginBlock()
                    }
                    var count = 0
                    while count < blockLength {
                        let logits = try model.forward(
                            [SmallSpan(cache: cache, tokens: [document.tokens[start + count]])], scratch: scratch,
                            pool: pool
                        ).logits
                        let draft = vocabulary.token(at: Kernels.argmax(logits, row: 0))
                        guard draft == document.tokens[start + count + 1] else { break }
                        count += 1
                    }
                    kept[count] += 1
                    start += count + 1
                }
            }
        }
        return kept
    }
}

struct DraftEvaluationTests {
    @Test(arguments: [
        TandemConfiguration.Memory.none, .perLayer(.topAligned), .fused(states: [1, 3]),
    ])
    func `replayed rounds are those of a drafter at work`(memory: TandemConfiguration.Memory) throws {
        let fixture = try EvaluationFixture()
        let models = [
            try fixture.small(memory), try fixture.small(memory, form: .training),
            try fixture.small(memory, draftTokens: [4, 0, 2, 5]),
        ]
        // Those that were drawn take no part.
        let reports = try fixture.reports(models, on: fixture.greedyDocuments + fixture.documents)
        for (model, report) in zip(models, reports) {
            #expect(report.documentCount == 8 && report.greedyDocumentCount == 4)
            #expect(report.rounds.map(\.blockLength) == [1, 2, 3, 4])
            for rounds in report.rounds {
                let drafted = try fixture.draftedRounds(model, blockLength: rounds.blockLength)
                #expect(rounds.kept == drafted)
                let tokens = drafted.enumerated().reduce(0) { $0 + ($1.offset + 1) * $1.element }
                #expect(rounds.count == drafted.reduce(0, +))
                #expect(abs(rounds.tokensPerRound.value * Double(rounds.count) - Double(tokens)) < 1e-9)
            }
        }
    }

    @Test func `in drawn answers and found texts no rounds are replayed, and JSON says null`() throws {
        let fixture = try EvaluationFixture()
        let report = try fixture.reports([fixture.small(.perLayer(.topAligned))])[0]
        #expect(report.documentCount == 4 && report.greedyDocumentCount == 0 && report.rounds.isEmpty)
        let bytes = try JSONEncoder().encode(report)
        let json = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
        #expect(json["rounds"] is NSNull && json["greedy_documents"] as? Int == 0)
        #expect(try JSONDecoder().decode(EvaluationReport.self, from: bytes) == report)
        // One token that is not the most probable makes a document one that greedy decoding would not have given.
        var document = fixture.greedyDocuments[0]
        let last = document.tokens.count - 1
        document.tokens[last] = (document.tokens[last] + 1) % 6
        let other = try fixture.reports([fixture.small(.none)], on: [document, fixture.greedyDocuments[1]])[0]
        #expect(other.greedyDocumentCount == 1)
    }

    @Test func `a copy of the large model agrees with it everywhere`() throws {
        let fixture = try EvaluationFixture()
        let configuration = try TandemConfiguration(
            small: EvaluationFixture.shape(layerCount: 3), largeWidth: 32, largeLayerCount: 3, memory: .none)
        var weights: [SmallParameter: Matrix] = [:]
        for shape in configuration.parameters {
            let path: ParameterPath =
                switch shape.parameter {
                case .embedding: .embedding
                case .outputNorm: .outputNorm
                case .layer(let layer, let parameter): .layer(layer, parameter)
                default: .output
                }
            weights[shape.parameter] = Matrix(
                rows: shape.rows, columns: shape.columns, values: try fixture.source.tensor(path).floats())
        }
        let copy = try SmallModel(configuration, weights: weights, form: .packed(.float32), pool: fixture.pool)
        for rounds in try fixture.reports([copy], on: fixture.greedyDocuments)[0].rounds {
            #expect(rounds.kept.dropLast().allSatisfy { $0 == 0 }, "A draft of its own is never another's.")
            #expect(rounds.tokensPerRound.value == Double(rounds.blockLength + 1))
        }
        let report = try fixture.reports([copy])[0]
        for prediction in report.positions + [report.overall] {
            #expect(prediction.agreement.value == 1)
            #expect(prediction.coupled?.value == 1)
            #expect(prediction.variation.value < 1e-5)
        }
        #expect(report.overall.accuracy == report.large.accuracy)
        let crossEntropy = try #require(report.overall.crossEntropy)
        #expect(abs(crossEntropy.value - report.large.crossEntropy.value) < 1e-5)
        // Without a draft vocabulary nothing is left out.
        let large = try #require(report.overall.largeCrossEntropy)
        #expect(abs(large.value - report.large.crossEntropy.value) < 1e-5)
        #expect(report.tokenCount == fixture.documents.reduce(0) { $0 + $1.marks.count { $0 } })
    }

    @Test func `figures are those of plain arithmetic`() throws {
        let fixture = try EvaluationFixture()
        let tokens = [4, 0, 2, 5]
        let model = try fixture.small(.perLayer(.topAligned), draftTokens: tokens)
        let report = try fixture.reports([model], blockLength: 1)[0]
        var (count, labelled, correct, agreeing, surprise, overlap, second) = (0, 0, 0, 0, 0.0, 0.0, 0)
        var largeSurprise = 0.0
        func probabilities(_ logits: [Float]) -> [Double] { Kernels.softmax(logits).map(Double.init) }
        for document in fixture.documents {
            let output = try fixture.large.forward(
                [ModelSpan(cache: fixture.large.makeCache(capacity: 64), tokens: document.tokens, logits: .all)],
                capturing: model.configuration.capturedStates, scratch: ModelScratch(fixture.large.configuration),
                pool: fixture.pool)
            let cache = model.makeCache(capacity: 64)
            let scratch = SmallScratch(model.configuration)
            try model.absorb(
                [MemorySpan(cache: cache, rows: 0..<document.tokens.count)], hiddenStates: output.hiddenStates,
                scratch: scratch, pool: fixture.pool)
            let drafted = try model.forward(
                [SmallSpan(cache: cache, tokens: document.tokens, blocks: .fixed(length: 1))], logits: .all,
                scratch: scratch, pool: fixture.pool
            ).logits
            for position in 0..<document.tokens.count - 1 where document.marks[position + 1] {
                let (p, q) = (probabilities(output.logits.row(position)), probabilities(drafted.row(position)))
                let next = document.tokens[position + 1]
                let best = tokens[q.indices.max { q[$0] < q[$1] } ?? 0]
                count += 1
                correct += best == next ? 1 : 0
                let wanted = p.indices.max { p[$0] < p[$1] }
                agreeing += best == wanted ? 1 : 0
                second += best != wanted && tokens[q.indices.sorted { q[$0] > q[$1] }[1]] == wanted ? 1 : 0
                overlap += tokens.enumerated().reduce(0) { $0 + min(p[$1.element], q[$1.offset]) }
                if let row = tokens.firstIndex(of: next) {
                    labelled += 1
                    surprise += Double(Kernels.negativeLogarithms([Float(q[row])])[0])
                    // The large model's law among the same tokens.
                    let share = tokens.reduce(0) { $0 + p[$1] }
                    largeSurprise += Double(Kernels.negativeLogarithms([Float(p[next] / share)])[0])
                }
            }
        }
        let overall = report.overall
        #expect(overall.count == count)
        #expect(abs(overall.accuracy.value - Double(correct) / Double(count)) < 1e-9)
        #expect(abs(overall.agreement.value - Double(agreeing) / Double(count)) < 1e-9)
        #expect(abs(overall.overlap.value - overlap / Double(count)) < 1e-5)
        #expect(abs(try #require(overall.secondChoice).value - Double(second) / Double(count - agreeing)) < 1e-9)
        #expect(abs(try #require(overall.crossEntropy).value - surprise / Double(labelled)) < 1e-4)
        #expect(abs(try #require(overall.largeCrossEntropy).value - largeSurprise / Double(labelled)) < 1e-4)
        #expect(abs(report.coverage.vocabulary.value - Double(labelled) / Double(count)) < 1e-9)
        #expect(report.coverage.vocabulary.value < report.coverage.withPrompt.value)
        #expect(report.coverage.withPrompt.value <= report.coverage.withAnswer.value)
    }

    @Test func `without memory every place in a block predicts alike`() throws {
        let fixture = try EvaluationFixture()
        let report = try fixture.reports([fixture.small(.none)])[0]
        for place in report.positions {
            #expect(place.accuracy == report.positions[0].accuracy)
            #expect(place.overlap == report.positions[0].overlap)
        }
    }

    @Test func `a model beside a stranger is refused`() throws {
        let fixture = try EvaluationFixture()
        let other = try LargeModel(RandomModel(EvaluationFixture.shape(layerCount: 2)), pool: fixture.pool)
        #expect(throws: ConfigurationError.self) {
            try DraftEvaluation(of: [fixture.small(.none)], beside: other, pool: fixture.pool)
        }
    }
}
