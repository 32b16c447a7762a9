@testable import TandemMath
import Testing

struct SeededGeneratorTests {
    @Test func `SplitMix64 gives the published numbers`() {
        var splitter = SplitMix64(state: 1_234_567)
        let expected: [UInt64] = [
            6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
        ]
        for number in expected { #expect(splitter.next() == number) }
    }

    @Test func `xoshiro256 gives the published numbers`() {
        var generator = SeededGenerator(state: SIMD4(1, 2, 3, 4))
        for number: UInt64 in [11_520, 0, 1_509_978_240, 1_215_971_899_390_074_240] {
            #expect(generator.next() == number)
        }
    }

    @Test func `a state that is kept goes on where it was`() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<5 { _ = generator.next() }
        var copy = generator
        #expect((0..<20).map { _ in generator.next() } == (0..<20).map { _ in copy.next() })
    }

    @Test func `streams of one seed differ, and depend on both numbers`() {
        let pairs: [(seed: UInt64, stream: UInt64)] = [(1, 0), (1, 1), (1, 2), (2, 1), (0, 0), (0, 1)]
        let firsts = pairs.map { pair in
            var generator = SeededGenerator(seed: pair.seed, stream: pair.stream)
            return generator.next()
        }
        #expect(Set(firsts).count == firsts.count)
    }

    @Test func `whole numbers fill their range evenly`() {
        var generator = SeededGenerator(seed: 3)
        var counts = [Int](repeating: 0, count: 5)
        for _ in 0..<10_000 { counts[generator.next(in: -2...2) + 2] += 1 }
        // Binomial(10000, 1/5): deviation 40; six of them.
        for count in counts { #expect(abs(count - 2_000) < 240) }
        #expect(generator.next(in: 4...4) == 4)
        _ = generator.next(in: Int.min...Int.max)
    }

    @Test func `a permutation holds every index once`() {
        var generator = SeededGenerator(seed: 4)
        for count in [0, 1, 2, 50] {
            #expect(generator.permutation(of: count).sorted() == [Int](0..<count))
        }
    }

    @Test func `normal numbers have mean 0 and deviation 1`() {
        var generator = SeededGenerator(seed: 5)
        let numbers = (0..<20_000).map { _ in generator.nextNormal() }
        let mean = numbers.reduce(0, +) / 20_000
        let square = numbers.reduce(0) { $0 + $1 * $1 } / 20_000
        // Deviations of the two estimates: 1/√20000 = 0.007 and √(2/20000) = 0.01; six of them.
        #expect(abs(mean) < 0.043)
        #expect(abs(square - 1) < 0.06)
    }
}
