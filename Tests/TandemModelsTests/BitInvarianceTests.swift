import TandemMath
import TandemModels
import TandemTestSupport
import Testing

/// A token's logits, states, keys and values are the same bits however it is read.
struct BitInvarianceTests {
    /// Long enough to cross from one page of the cache into the next.
    private static let length = 150

    @Test(arguments: TinyModel.all)
    func `in any split of its sequence, with one thread or two`(_ tiny: TinyModel) throws {
        let one = try tiny.load()
        let tokens = randomTokens(Self.length, seed: 1)
        let expected = try one.readAlone(tokens)
        #expect(Set(expected.logits).count == Self.length, "Every position should have logits of its own.")
        let two = Reader(one.model, threads: 2)
        let splits =
            [[Self.length], [127, 1, 1, 1], [128], [129], [16, 17, 15, 33]]
            + (0..<2).map { randomPieces(Self.length, upTo: [12, 70][$0], seed: UInt64($0)) }
        for (index, pieces) in splits.enumerated() {
            let reader = index % 2 == 0 ? two : one
            let found = try reader.read(
                tokens, into: reader.model.makeCache(capacity: Self.length), pieces: pieces)
            found.expect(expected, "\(pieces), \(reader.pool.threadCount) threads")
        }
    }

    @Test(arguments: TinyModel.all)
    func `beside other conversations`(_ tiny: TinyModel) throws {
        let reader = try tiny.load(threads: 2)
        let texts = [140, 3, 70, 20].enumerated().map { randomTokens($1, seed: UInt64($0 + 10)) }
        let expected = try texts.map { try reader.readAlone($0) }
        for seed in 0..<2 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let caches = texts.map { reader.model.makeCache(capacity: $0.count) }
            var found = texts.map { _ in Reading() }
            while zip(caches, texts).contains(where: { $0.count < $1.count }) {
                // Some of those that are not done yet, in any order, each by some tokens.
                let order = generator.permutation(of: texts.count).filter { caches[$0].count < texts[$0].count }
                let chosen = order.prefix(generator.next(in: 1...order.count))
                let spans = chosen.map { index in
                    (
                        caches[index],
                        Array(texts[index].dropFirst(caches[index].count).prefix(generator.next(in: 1...40)))
                    )
                }
                for (index, reading) in zip(chosen, try reader.pass(spans)) { found[index].append(reading) }
            }
            for index in texts.indices { found[index].expect(expected[index], "conversation \(index), seed \(seed)") }
        }
    }

    @Test(arguments: TinyModel.all)
    func `after a truncation and another reading`(_ tiny: TinyModel) throws {
        let reader = try tiny.load(threads: 2)
        let tokens = randomTokens(Self.length, seed: 3)
        let expected = try reader.readAlone(tokens)
        let cache = reader.model.makeCache(capacity: 200)
        _ = try reader.read(tokens, into: cache)
        for (index, cut) in [149, 129, 128, 127, 112, 5, 0].enumerated() {
            cache.truncate(to: cut)
            _ = try reader.read(randomTokens(11 + index * 9, seed: UInt64(index)), into: cache)
            cache.truncate(to: cut)
            let found = try reader.read(Array(tokens[cut...]), into: cache, pieces: [1, 9])
            found.expect(expected.suffix(from: cut), "cut at \(cut)")
        }
    }

    @Test(arguments: TinyModel.all)
    func `after a shared beginning`(_ tiny: TinyModel) throws {
        let reader = try tiny.load(threads: 2)
        for length in [1, 127, 128, 130] {
            let beginning = randomTokens(length, seed: 4)
            let endings = (0..<3).map { randomTokens(12, seed: UInt64($0 + 5)) }
            let first = reader.model.makeCache(capacity: 150)
            _ = try reader.read(beginning, into: first)
            let caches = [first, first.fork(), first.fork()]
            // Together, then each alone: all write on from the same page.
            let together = try reader.pass(zip(caches, endings).map { ($0, Array($1.prefix(5))) })
            for (index, ending) in endings.enumerated() {
                var found = together[index]
                found.append(try reader.read(Array(ending.dropFirst(5)), into: caches[index]))
                let whole = try reader.readAlone(beginning + ending)
                found.expect(whole.suffix(from: length), "fork \(index) after \(length)")
                let memory = (0..<length + 12).map { caches[index].bits(position: $0) }
                #expect(memory == whole.memory)
            }
        }
    }

    @Test func `what an earlier pass left in the scratch does not matter`() throws {
        let reader = try TinyModel.plain.load(threads: 2)
        let tokens = randomTokens(20, seed: 6)
        let expected = try reader.readAlone(tokens)
        // Keys and values beyond the range of halves become infinite, scores and sums NaN.
        var source = TinyModel.plain.source
        let huge = [Float](repeating: 1e30, count: 64)
        for layer in 0..<3 {
            source.replacements[.layer(layer, .attentionNorm)] = try Quantizer.encode(
                huge, name: "huge", shape: [64], as: .float32)
        }
        let bad = try LargeModel(source, pool: reader.pool)
        let cache = reader.model.makeCache(capacity: 300)
        _ = try bad.forward(
            [ModelSpan(cache: cache, tokens: randomTokens(300, seed: 7))], scratch: reader.scratch, pool: reader.pool)
        cache.truncate(to: 0)
        try reader.read(tokens, into: cache, pieces: [7]).expect(expected, "after a pass of NaN")
    }
}
