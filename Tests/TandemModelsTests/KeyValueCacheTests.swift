import TandemMath
import TandemModels
import TandemTestSupport
import Testing

/// Append, truncate and fork, with copy-on-write beneath.
struct KeyValueCacheTests {
    /// As small as a model can be whose second layer's keys and values depend on all tokens before.
    private static func reader() throws -> Reader {
        let configuration = try TransformerConfiguration(
            architecture: .llama, vocabularyCount: 50, width: 4, layerCount: 2, headCount: 1, keyValueHeadCount: 1,
            feedForwardWidth: 2, contextLength: 512)
        return try Reader(RandomModel(configuration), threads: 1)
    }

    /// A cache and what should be in it.
    private struct Expected {
        let cache: KeyValueCache
        var tokens: [Int] = []
        var memory: [[UInt16]] = []
    }

    @Test(arguments: 0..<6 as Range<UInt64>)
    func `whatever is appended, truncated and forked, each cache holds its own tokens`(seed: UInt64) throws {
        let reader = try Self.reader()
        let capacity = 300
        var generator = SeededGenerator(seed: seed)
        var caches = [Expected(cache: reader.model.makeCache(capacity: capacity))]
        for step in 0..<50 {
            let index = generator.next(in: 0...caches.count - 1)
            let count = caches[index].tokens.count
            switch generator.next(in: 0...9) {
            case 0...3:
                let most = generator.next(in: 0...1) == 0 ? 3 : 140
                let added = min(generator.next(in: 1...most), capacity - count)
                let tokens = randomTokens(added, seed: generator.next())
                _ = try reader.pass([(caches[index].cache, tokens)])
                caches[index].tokens += tokens
                let fresh = reader.model.makeCache(capacity: capacity)
                caches[index].memory = try reader.read(caches[index].tokens, into: fresh).memory
            case 4...6:
                // Often to the edge of a page.
                let edges = [0, 127, 128, 129, 256, count - 1, count, generator.next(in: 0...count)]
                let cut = edges.filter { $0 >= 0 && $0 <= count }.randomElement(using: &generator) ?? 0
                caches[index].cache.truncate(to: cut)
                caches[index].tokens.removeLast(count - cut)
                caches[index].memory.removeLast(count - cut)
            default:
                let edges = [count, count, 128, generator.next(in: 0...count)].filter { $0 <= count }
                let kept = edges.randomElement(using: &generator) ?? count
                var fork = Expected(cache: caches[index].cache.fork(count: kept))
                fork.tokens = Array(caches[index].tokens.prefix(kept))
                fork.memory = Array(caches[index].memory.prefix(kept))
                if caches.count < 5 { caches.append(fork) } else { caches[generator.next(in: 0...4)] = fork }
            }
            for (number, expected) in caches.enumerated() {
                try #require(expected.cache.count == expected.tokens.count)
                let memory = (0..<expected.cache.count).map { expected.cache.bits(position: $0) }
                try #require(memory == expected.memory, "cache \(number) after step \(step)")
                #expect(expected.cache.byteCount <= expected.cache.greatestByteCount)
                #expect(expected.cache.byteCount >= expected.cache.layout.byteCount(positions: expected.cache.count))
                #expect(expected.cache.available == capacity - expected.cache.count)
            }
        }
    }

    @Test func `memory is bounded before anything is read`() throws {
        let reader = try Self.reader()
        for (capacity, pages) in [(0, 0), (1, 1), (128, 1), (129, 2), (300, 3)] {
            let cache = reader.model.makeCache(capacity: capacity)
            #expect(cache.byteCount == 0)
            #expect(cache.greatestByteCount == pages * cache.layout.pageByteCount)
            if capacity > 0 { _ = try reader.read(randomTokens(capacity, seed: 1), into: cache) }
            #expect(cache.byteCount == cache.greatestByteCount && cache.available == 0)
            #expect(throws: ModelError.contextFull(positions: capacity + 1, capacity: capacity)) {
                try reader.pass([(cache, [1])])
            }
        }
    }
}
