import Foundation
import TandemCheckpoint
import TandemMath
import TandemModels
import Testing

/// The forward pass against an independent program's: every architecture, scaling and format.
///
/// The references were computed in float64. The tolerances are a few times what rounding explains and less than a tenth
/// of what any mistake leaves: a wrong rotation, base, scaling, bias or head norm moves the mean divergence to 0.05 and
/// more.
struct GoldenModelTests {
    private static let pool = ComputePool(threadCount: 2)

    /// What a golden model's weights are multiplied with decides how near the reference one can come.
    private struct Tolerance {
        /// Mean KL divergence from the reference, in nats.
        let divergence: Double
        /// Error of the residual stream, as a part of its size.
        let stream: Double

        init(_ golden: GoldenFixtures.Model) {
            // Floating-point weights meet float32 activations; half-precision keys and values (2⁻¹¹) are the only
            // coarse numbers. Block formats meet activations of 8 bits: each product is off by up to 1/254 of its
            // block's largest, a part in a few hundred of the sum.
            divergence = golden.hasBlockFormats ? 5e-3 : 5e-5
            stream = golden.hasBlockFormats ? 3e-2 : 2e-3
        }
    }

    private func model(_ file: String) throws -> LargeModel {
        try LargeModel(CheckpointReader.open(GoldenFixtures.url(file).path), pool: Self.pool)
    }

    private func read(
        _ model: LargeModel, _ tokens: [Int], logits: LogitRows = .all, capturing layers: Set<Int> = []
    ) throws -> ModelOutput {
        let cache = model.makeCache(capacity: tokens.count)
        return try model.forward(
            [ModelSpan(cache: cache, tokens: tokens, logits: logits)], capturing: layers,
            scratch: ModelScratch(model.configuration), pool: Self.pool)
    }

    @Test(arguments: GoldenFixtures.shared.models)
    func `logits are those of the reference`(_ golden: GoldenFixtures.Model) throws {
        let output = try read(model(golden.file), golden.tokens)
        let expected = try GoldenFixtures.floats(golden.logits)
        let divergence = meanDivergence(expected, output.logits.values, columns: golden.logits.shape[1])
        #expect(divergence < Tolerance(golden).divergence)
    }

    @Test(arguments: GoldenFixtures.shared.models)
    func `what each layer reads is what the reference's layer reads`(_ golden: GoldenFixtures.Model) throws {
        let layerCount = golden.stream.shape[0] - 1
        let output = try read(model(golden.file), golden.tokens, capturing: Set(0...layerCount))
        let expected = try GoldenFixtures.floats(golden.stream)
        let size = golden.stream.shape[1] * golden.stream.shape[2]
        for layer in 0...layerCount {
            let states = try #require(output.hiddenStates[layer]).values
            let error = relativeError(states, Array(expected[layer * size..<(layer + 1) * size]))
            #expect(layer == 0 ? error == 0 : error < Tolerance(golden).stream, "layer \(layer)")
        }
    }

    @Test(arguments: GoldenFixtures.shared.models)
    func `a context filled to its end is still read right`(_ golden: GoldenFixtures.Model) throws {
        let output = try read(model(golden.file), golden.long.tokens, logits: .last)
        let expected = try GoldenFixtures.floats(golden.long.logits)
        let divergence = meanDivergence(expected, output.logits.values, columns: expected.count)
        // One position may lie several times as far away as the mean of many; llama.cpp's do at the same places.
        #expect(divergence < 4 * Tolerance(golden).divergence)
    }

    @Test(arguments: GoldenFixtures.shared.models.filter { !$0.hasBlockFormats })
    func `greedy text is the reference's, token by token`(_ golden: GoldenFixtures.Model) throws {
        let model = try model(golden.file)
        let cache = model.makeCache(capacity: golden.tokens.count + golden.greedy.count)
        let scratch = ModelScratch(model.configuration)
        var (next, text) = (golden.tokens, [Int]())
        for _ in golden.greedy {
            let output = try model.forward(
                [ModelSpan(cache: cache, tokens: next)], scratch: scratch, pool: Self.pool)
            let logits = output.logits.row(0)
            let best = try #require(logits.indices.max { logits[$0] < logits[$1] })
            text.append(best)
            next = [best]
        }
        #expect(text == golden.greedy, "the reference's smallest lead was \(golden.greedyLead)")
    }

    @Test(arguments: GoldenTwinTests.models)
    func `a directory gives the logits that its twin gives`(_ golden: GoldenFixtures.Model) throws {
        let directory = try #require(golden.directory)
        let one = try read(model(golden.file), golden.long.tokens).logits.values
        let other = try read(model(directory), golden.long.tokens).logits.values
        if golden.architecture == "llama" {
            // One file gives the scaled frequencies as float32 divisors, the other as a formula: angles differ in the
            // seventh digit, at 255 positions in the fifth.
            #expect(relativeError(one, other) < 1e-3)
        } else {
            #expect(one == other)
        }
    }
}

extension GoldenFixtures.Model {
    /// Whether there are weights of four to eight bits.
    var hasBlockFormats: Bool { !["f32", "f16", "bf16"].contains { name.hasSuffix($0) } }
}

/// Mean over rows of KL(expected ‖ found) of two matrices of logits, in float64.
private func meanDivergence(_ expected: [Float], _ found: [Float], columns: Int) -> Double {
    func logProbabilities(_ row: ArraySlice<Float>) -> [Double] {
        let largest = Double(row.max() ?? 0)
        let total = log(row.reduce(0) { $0 + exp(Double($1) - largest) })
        return row.map { Double($0) - largest - total }
    }
    guard expected.count == found.count else { return .infinity }
    let starts = stride(from: 0, to: expected.count, by: columns)
    let sum = starts.reduce(0.0) { sum, start in
        let one = logProbabilities(expected[start..<start + columns])
        let other = logProbabilities(found[start..<start + columns])
        return sum + zip(one, other).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
    }
    return sum / Double(expected.count / columns)
}

/// Size of the difference over the size of what was expected.
private func relativeError(_ found: [Float], _ expected: [Float]) -> Double {
    guard found.count == expected.count else { return .infinity }
    let error = zip(found, expected).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
    let size = expected.reduce(0.0) { $0 + Double($1) * Double($1) }
    return (error / size).squareRoot()
}
