import TandemCheckpoint
import TandemMath
import TandemModels
import Testing

@testable import TandemTraining

/// Training with the weights rounded as they will be stored.
struct RoundedTrainingTests {
    private let pool = ComputePool(threadCount: 1)

    /// Weights as a bundle has them once it was written and read.
    private func stored(
        _ weights: [SmallParameter: Matrix], _ configuration: TandemConfiguration, as storage: BundleStorage
    ) throws -> [SmallParameter: Matrix] {
        var stored = weights
        for shape in configuration.parameters where !shape.isFrozen {
            let values = try #require(weights[shape.parameter]).values
            let tensor = try Quantizer.encode(
                values, name: "w", shape: [shape.rows, shape.columns], as: storage.format(of: shape))
            stored[shape.parameter] = Matrix(rows: shape.rows, columns: shape.columns, values: tensor.floats())
        }
        return stored
    }

    @Test(arguments: BundleStorage.allCases, [TandemConfiguration.Head.large, .own])
    func `a pass sees what the bundle will hold`(storage: BundleStorage, head: TandemConfiguration.Head) throws {
        let workshop = try TrainingWorkshop()
        let configuration = try workshop.configuration(layerCount: 2, head: head)
        let rounding = try workshop.trainer(configuration, workshop.settings(rounding: storage))
        let expected = try Trainer(
            configuration, initial: stored(workshop.initial(configuration), configuration, as: storage),
            large: workshop.large, data: workshop.data, settings: workshop.settings(), pool: pool)
        #expect(try rounding.advance().sums == expected.advance().sums)
        for _ in 0..<2 { _ = try rounding.advance() }
        let rounded = try rounding.weights.matrices(in: #require(rounding.rounded).arena)
        for (parameter, matrix) in try stored(
            rounding.weights.all(in: rounding.weights.arena), configuration, as: storage)
        {
            if let found = rounded[parameter] { #expect(found.values == matrix.values, "\(parameter)") }
        }
    }

    @Test func `held-out text is measured with what the bundle will hold`() throws {
        let workshop = try TrainingWorkshop()
        let configuration = try workshop.configuration(head: .own)
        func trainer(_ initial: [SmallParameter: Matrix], _ rounding: BundleStorage?) throws -> Trainer {
            try Trainer(
                configuration, initial: initial, large: workshop.large, data: workshop.data, documents: 0..<10,
                settings: workshop.settings(rounding: rounding), pool: pool)
        }
        let rounding = try trainer(workshop.initial(configuration), .int4)
        let measure = try HeldOutMeasure(of: rounding, on: workshop.data, documents: 10..<12, tokenCount: 1_000)
        for _ in 0..<3 { _ = try rounding.advance() }
        let bundle = try trainer(stored(rounding.averagedWeights, configuration, as: .int4), nil)
        let expected = try HeldOutMeasure(of: bundle, on: workshop.data, documents: 10..<12, tokenCount: 1_000)
        #expect(try measure.measure() == expected.measure())
    }

    @Test func `threads change no bit`() throws {
        let workshop = try TrainingWorkshop()
        let results = try [1, 3].map { threads in
            let trainer = try workshop.trainer(
                workshop.configuration(layerCount: 2), workshop.settings(rounding: .int4), threads: threads)
            for _ in 0..<4 { _ = try trainer.advance() }
            return trainer.arenas.map(\.arena.bits)
        }
        #expect(results[0] == results[1])
    }

    @Test func `four bits lose less if training knew of them`() throws {
        let workshop = try TrainingWorkshop(documentCount: 4)
        let configuration = try workshop.configuration()
        let losses = try [BundleStorage?.none, .int4].map { rounding in
            let trainer = try workshop.trainer(
                configuration, workshop.settings(stepCount: 80, rate: 1e-2, rounding: rounding))
            for _ in 0..<80 { _ = try trainer.advance() }
            let bundle = try Trainer(
                configuration, initial: stored(trainer.averagedWeights, configuration, as: .int4),
                large: workshop.large, data: workshop.data, settings: workshop.settings(), pool: pool)
            return try bundle.advance().sums.loss
        }
        #expect(losses[1] < losses[0], "\(losses)")
    }
}
