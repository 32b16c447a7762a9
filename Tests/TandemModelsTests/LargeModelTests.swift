import TandemMath
import TandemModels
import TandemTestSupport
import Testing

/// What a forward pass returns, and what it refuses.
struct LargeModelTests {
    @Test(arguments: TinyModel.all)
    func `hidden state n is what enters block n`(_ tiny: TinyModel) throws {
        let reader = try tiny.load()
        let configuration = reader.model.configuration
        let tokens = randomTokens(7, seed: 1)
        let whole = try states(reader, tokens)
        // State 0 is the embedding.
        let embedding = try WeightMatrix(tiny.source.tensor(.embedding))
        let rows = Matrix(rows: tokens.count, columns: configuration.width)
        for (row, token) in tokens.enumerated() { embedding.unpack(row: token, into: rows, at: row) }
        #expect(whole[0]?.values == rows.values)
        for split in 1..<configuration.layerCount {
            // The first blocks alone end with it, …
            let first = try Reader(tiny.source.keepingLayers(0..<split), threads: 1)
            #expect(try states(first, tokens)[split]?.values == whole[split]?.values)
            // … and the others, fed with it, end like all of them.
            var rest = try tiny.source.keepingLayers(split..<configuration.layerCount)
            let entering = try #require(whole[split]).values
            rest.replacements[.embedding] = try Quantizer.encode(
                entering + [Float](repeating: 0, count: (50 - tokens.count) * configuration.width), name: "states",
                shape: [50, configuration.width], as: .float32)
            let second = try Reader(rest, threads: 1)
            let found = try states(second, Array(tokens.indices))
            #expect(
                found[configuration.layerCount - split]?.values == whole[configuration.layerCount]?.values)
        }
    }

    @Test(arguments: TinyModel.all)
    func `logits are the output matrix times the last state, normed`(_ tiny: TinyModel) throws {
        let reader = try tiny.load()
        let configuration = reader.model.configuration
        let output = try reader.model.forward(
            [ModelSpan(cache: reader.model.makeCache(capacity: 6), tokens: randomTokens(6, seed: 2), logits: .all)],
            capturing: [configuration.layerCount], scratch: reader.scratch, pool: reader.pool)
        let last = try #require(output.hiddenStates[configuration.layerCount])
        let norm = Matrix(
            rows: 1, columns: configuration.width, values: try tiny.source.tensor(.outputNorm).floats())
        let input = ActivationRows(rows: 6, columns: configuration.width)
        Kernels.rmsNorm(
            last, weight: norm, epsilon: configuration.normEpsilon, into: input.values, pool: reader.pool)
        input.quantize(pool: reader.pool)
        let weight = try WeightMatrix(tiny.source.tensor(configuration.tiesEmbedding ? .embedding : .output))
        let logits = Matrix(rows: 6, columns: 50)
        Kernels.multiply(input, [WeightProduct(weight, into: logits)], pool: reader.pool)
        #expect(logits.values == output.logits.values)
    }

    @Test func `rows get logits as they were asked for`() throws {
        let reader = try TinyModel.plain.load()
        let texts = (0..<4).map { randomTokens(5, seed: UInt64($0)) }
        let all = try texts.map { try reader.readAlone($0).logits }
        func span(_ index: Int, _ logits: LogitRows) -> ModelSpan {
            ModelSpan(cache: reader.model.makeCache(capacity: 5), tokens: texts[index], logits: logits)
        }
        let spans = [
            span(0, .none), span(1, .all), span(2, .last), span(3, .none),
            ModelSpan(cache: reader.model.makeCache(capacity: 5), tokens: [], logits: .last),
        ]
        let output = try reader.model.forward(spans, capturing: [1], scratch: reader.scratch, pool: reader.pool)
        #expect(output.logitRows == [0..<0, 0..<5, 5..<6, 6..<6, 6..<6])
        #expect(output.spanRows == [0..<5, 5..<10, 10..<15, 15..<20, 20..<20])
        #expect(output.logits.rows == 6 && output.hiddenStates.keys.sorted() == [1])
        #expect((0..<5).map { output.logits.row($0).map(\.bitPattern) } == all[1])
        #expect(output.logits.row(5).map(\.bitPattern) == all[2][4])
        let nothing = try reader.model.forward([], scratch: reader.scratch, pool: reader.pool)
        #expect(nothing.logits.rows == 0 && nothing.spanRows.isEmpty)
    }

    @Test func `a refused pass changes nothing`() throws {
        let reader = try TinyModel.plain.load()
        let tokens = randomTokens(8, seed: 9)
        let (one, other) = (reader.model.makeCache(capacity: 10), reader.model.makeCache(capacity: 10))
        _ = try reader.pass([(one, tokens), (other, tokens)])
        let before = (0..<8).map { one.bits(position: $0) }
        func refused(_ spans: [ModelSpan], capturing layers: Set<Int> = [], _ error: ModelError) {
            #expect(throws: error) {
                try reader.model.forward(spans, capturing: layers, scratch: reader.scratch, pool: reader.pool)
            }
            #expect(one.count == 8 && other.count == 8)
            #expect((0..<8).map { one.bits(position: $0) } == before)
        }
        let good = ModelSpan(cache: one, tokens: [1, 2])
        for token in [-1, 50, Int.max, Int.min] {
            refused(
                [good, ModelSpan(cache: other, tokens: [3, token])], .unknownToken(token, vocabularyCount: 50))
        }
        refused(
            [good, ModelSpan(cache: other, tokens: [1, 2, 3])], .contextFull(positions: 11, capacity: 10))
        for layer in [-1, 4] { refused([good], capturing: [0, layer], .unknownLayer(layer, layerCount: 3)) }
        // And then the good span is read as ever.
        let found = try reader.pass([(one, [1, 2])])[0]
        found.expect(try reader.readAlone(tokens + [1, 2]).suffix(from: 8), "after refusals")
    }

    @Test func `a weight of another shape is refused by name`() throws {
        var source = TinyModel.plain.source
        source.replacements[.layer(1, .key)] = try TensorData.random(
            .float32, rows: 64, columns: 64, seed: 1, name: "k1")
        #expect(throws: ModelError.weightShape("k1", found: [64, 64], expected: [32, 64])) {
            try LargeModel(source, pool: ComputePool(threadCount: 1))
        }
    }

    private func states(_ reader: Reader, _ tokens: [Int]) throws -> [Int: Matrix] {
        try reader.model.forward(
            [ModelSpan(cache: reader.model.makeCache(capacity: tokens.count), tokens: tokens)],
            capturing: reader.allLayers, scratch: reader.scratch, pool: reader.pool
        ).hiddenStates
    }
}

extension RandomModel {
    /// The same model with some of its blocks.
    fileprivate func keepingLayers(_ layers: Range<Int>) throws -> RandomModel {
        let shape = configuration
        var part = RandomModel(
            try TransformerConfiguration(
                architecture: shape.architecture, vocabularyCount: shape.vocabularyCount, width: shape.width,
                layerCount: layers.count, headCount: shape.headCount, keyValueHeadCount: shape.keyValueHeadCount,
                headWidth: shape.headWidth, feedForwardWidth: shape.feedForwardWidth,
                contextLength: shape.contextLength, normEpsilon: shape.normEpsilon, rotaryBase: shape.rotaryBase,
                rotaryScaling: shape.rotaryScaling, hasAttentionBias: shape.hasAttentionBias,
                hasQueryKeyNorm: shape.hasQueryKeyNorm, tiesEmbedding: shape.tiesEmbedding),
            format: format, outputFormat: outputFormat, seed: seed)
        for (path, _) in part.configuration.parameters {
            if case .layer(let layer, let parameter) = path {
                part.replacements[path] = try tensor(.layer(layer + layers.lowerBound, parameter))
            } else {
                part.replacements[path] = try tensor(path)
            }
        }
        return part
    }
}
