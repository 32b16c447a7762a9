import Foundation
import TandemDecoding
import TandemMath
import Testing

struct SamplerTests {
    /// Rows with ties, far tails and many sizes.
    static func logits(_ count: Int, salt: Int) -> [Float] {
        var state = UInt64(truncatingIfNeeded: salt &* 7919 &+ count)
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let unit = Float(state >> 40) / Float(1 << 24)
            return ((unit * unit * 10 - 4) * 64).rounded() / 64
        }
    }

    static func row(_ values: [Float]) -> Matrix { Matrix(rows: 1, columns: values.count, values: values) }

    static let filters: [Sampling] = {
        var all: [Sampling?] = []
        for truncation in [Sampling.Truncation.afterTemperature, .beforeTemperature] {
            for temperature: Float in [0.5, 1, 1.7] {
                func make(_ topK: Int? = nil, _ topP: Float? = nil, _ minP: Float? = nil, _ typicalP: Float? = nil) {
                    all.append(
                        try? Sampling(
                            temperature: temperature, topK: topK, topP: topP, minP: minP, typicalP: typicalP,
                            truncation: truncation))
                }
                make(5)
                make(1)
                make(200)
                make(nil, 0.9)
                make(nil, 0.31)
                make(nil, 0)
                make(nil, nil, 0.07)
                make(nil, nil, nil, 0.6)
                make(40, 0.95, 0.05)
                make(20, nil, nil, 0.9)
                make(nil, 0.9, 0.02, 0.95)
            }
        }
        return all.compactMap { $0 }
    }()

    @Test func `every filter agrees with the plain one in double precision`() throws {
        #expect(Self.filters.count == 66)
        var compared = 0
        for sampling in Self.filters {
            for size in [1, 3, 33, 130, 300] {
                let values = Self.logits(size, salt: compared)
                let sampler = try Sampler(sampling, seed: 1, vocabularyCount: size)
                guard let expected = SamplingOracle(sampling: sampling).probabilities(values) else { continue }
                compared += 1
                let found = try sampler.probabilities(from: 0, of: Self.row(values))
                // Single precision, with logits up to 12 / 0.5 as exponents: 24 · 2^-24 and a few roundings.
                let wrong = (0..<size).first { token in
                    abs(Double(found[token]) - expected[token]) > 5e-6
                        || (found[token] > 0) != (expected[token] > 1e-30)
                }
                #expect(wrong == nil, "\(sampling) among \(size): \(found) is not \(expected)")
            }
        }
        #expect(compared > 200)
    }

    @Test func `draws follow the law of the filters`() throws {
        let values = Self.logits(24, salt: 3)
        for sampling in [
            try Sampling(temperature: 1), try Sampling(temperature: 0.7, topK: 6),
            try Sampling(temperature: 1.3, topP: 0.8, minP: 0.1),
        ] {
            var sampler = try Sampler(sampling, seed: 99, vocabularyCount: 24)
            let law = try sampler.probabilities(from: 0, of: Self.row(values))
            var counts = [Int](repeating: 0, count: 24)
            for _ in 0..<6_000 {
                let token = try sampler.choose(from: 0, of: Self.row(values))
                counts[token] += 1
                sampler.accept(token)
            }
            var chiSquare = 0.0
            var cells = 0
            for (count, probability) in zip(counts, law) {
                if probability == 0 { #expect(count == 0) }
                let expected = 6_000 * Double(probability)
                guard expected > 5 else { continue }
                cells += 1
                chiSquare += (Double(count) - expected) * (Double(count) - expected) / expected
            }
            // Wilson and Hilferty's approximation of the value passed once in a thousand.
            let freedom = Double(cells)
            let limit = freedom * pow(1 - 2 / (9 * freedom) + 3.09 * (2 / (9 * freedom)).squareRoot(), 3)
            #expect(chiSquare < limit)
        }
    }

    @Test func `a filter that drops nothing changes no draw`() throws {
        for salt in 0..<30 {
            let row = Self.row(Self.logits(150, salt: salt))
            let seed = UInt64(salt)
            let plain = try Sampler(Sampling(temperature: 0.9), seed: seed, vocabularyCount: 150)
            let filtered = try Sampler(Sampling(temperature: 0.9, topK: 150), seed: seed, vocabularyCount: 150)
            #expect(try plain.choose(from: 0, of: row) == filtered.choose(from: 0, of: row))
        }
    }

    @Test func `a draw among survivors is the draw of the whole if it survives`() throws {
        for salt in 0..<30 {
            let row = Self.row(Self.logits(150, salt: salt))
            let seed = UInt64(salt)
            let whole = try Sampler(Sampling(temperature: 1), seed: seed, vocabularyCount: 150)
                .choose(from: 0, of: row)
            let few = try Sampler(Sampling(temperature: 1, topK: 30), seed: seed, vocabularyCount: 150)
            if try few.probabilities(from: 0, of: row)[whole] > 0 {
                #expect(try few.choose(from: 0, of: row) == whole)
            }
        }
    }

    @Test func `temperature zero takes the first of the greatest`() throws {
        let row = Self.row([0, 3, 1, 3])
        let sampler = try Sampler(.greedy, seed: 0, vocabularyCount: 4)
        #expect(try sampler.choose(from: 0, of: row) == 1)
        #expect(try sampler.probabilities(from: 0, of: row) == [0, 1, 0, 0])
        let cold = try Sampler(Sampling(temperature: 1e-9, topK: 3), seed: 0, vocabularyCount: 4)
        #expect(try cold.choose(from: 0, of: row) == 1)
    }

    @Test func `bias and penalties change the logits as documented`() throws {
        let sampling = try Sampling(
            temperature: 0, repetitionPenalty: 2, presencePenalty: 0.25, frequencyPenalty: 0.5,
            logitBias: [0: 1, 3: -9])
        // Token 0 is biased to 5; 1 is in the prompt: 8 / 2 = 4; 2 twice in the answer: -1 · 2 - 2 · 0.5 - 0.25.
        var sampler = try Sampler(sampling, seed: 0, vocabularyCount: 4, prompt: [1])
        sampler.accept(2)
        sampler.accept(2)
        #expect(sampler.position == 3)
        #expect(try sampler.choose(from: 0, of: Self.row([4, 8, -1, 10])) == 0)
        #expect(try sampler.choose(from: 0, of: Self.row([2.9, 8, -1, 10])) == 1)
        // -3.25 against -3.2 and -3.3.
        #expect(try sampler.choose(from: 0, of: Self.row([-4.3, -9, -1, 5.7])) == 2)
        #expect(try sampler.choose(from: 0, of: Self.row([-4.2, -9, -1, 5.7])) == 0)
    }

    @Test func `penalties forget what has left the window`() throws {
        let sampling = try Sampling(temperature: 0, presencePenalty: 5, penaltyWindow: 2)
        var sampler = try Sampler(sampling, seed: 0, vocabularyCount: 3, prompt: [0])
        let row = Self.row([1, 2, 0])
        #expect(try sampler.choose(from: 0, of: row) == 1)
        sampler.accept(1)
        #expect(try sampler.choose(from: 0, of: row) == 0)
        sampler.accept(2)
        sampler.accept(2)
        #expect(try sampler.choose(from: 0, of: row) == 1)
        for step in 0..<5_000 { sampler.accept(step % 3) }
        // The last two were 0 and 1.
        #expect(try sampler.choose(from: 0, of: row) == 2 || 5_000 % 3 != 2)
    }

    @Test func `damaged logits are an error`() throws {
        let row = Self.row([.nan, .nan, .nan])
        let infinite = Self.row([0, .infinity, 0])
        for sampling in [
            Sampling.greedy, try Sampling(temperature: 1), try Sampling(temperature: 1, topK: 2),
            try Sampling(temperature: 1, topP: 0.5), try Sampling(temperature: 1, minP: 0.5),
            try Sampling(temperature: 1, typicalP: 0.5),
        ] {
            let sampler = try Sampler(sampling, seed: 0, vocabularyCount: 3)
            #expect(throws: GenerationError.logitsNotFinite(position: 0)) { try sampler.choose(from: 0, of: row) }
            #expect(throws: GenerationError.logitsNotFinite(position: 0)) { try sampler.choose(from: 0, of: infinite) }
            #expect(throws: GenerationError.logitsNotFinite(position: 0)) {
                try sampler.probabilities(from: 0, of: row)
            }
        }
    }

    @Test func `log probabilities are the model's own`() throws {
        let values: [Float] = [0, 2, 1, -1]
        let entry = LogProbabilities(of: 2, topCount: 2, row: 0, of: Self.row(values))
        let total = log(values.reduce(0.0) { $0 + exp(Double($1)) })
        #expect(abs(Double(entry.chosen.logProbability) - (1 - total)) < 1e-6)
        #expect(entry.top.map(\.token) == [1, 2])
        #expect(entry.top[1] == entry.chosen)
        #expect(LogProbabilities(of: 0, topCount: 0, row: 0, of: Self.row(values)).top.isEmpty)
    }
}
