import TandemMath
import Testing

@testable import TandemTraining

struct OptimizationTests {
    private let pool = ComputePool(threadCount: 2)

    private func layout() -> ArenaLayout {
        var layout = ArenaLayout()
        layout.add("a", rows: 3, columns: 7)
        layout.add("norm", rows: 1, columns: 5, group: .init(decays: false))
        layout.add("head", rows: 2, columns: 16, group: .init(rateMultiplier: 0.2))
        return layout
    }

    private func filled(_ layout: ArenaLayout, seed: UInt64) -> FloatArena {
        let arena = layout.makeArena()
        var generator = SeededGenerator(seed: seed)
        for segment in layout.segments {
            for index in segment.range { arena.all[0, index] = Float(generator.nextNormal()) }
        }
        return arena
    }

    @Test func `steps equal the equations in Double`() throws {
        let layout = layout()
        let weights = filled(layout, seed: 1)
        let settings = AdamW.Settings(weightDecay: 0.1, greatestNorm: 2)
        let optimizer = AdamW(layout: layout, settings: settings)
        var w = weights.all.values.map(Double.init)
        var m = [Double](repeating: 0, count: layout.count)
        var v = m
        for step in 1...4 {
            let gradients = filled(layout, seed: UInt64(10 + step))
            let g = gradients.all.values.map(Double.init)
            let norm = g.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let scale = norm > 2 ? 2 / (norm + 1e-6) : 1
            let report = try optimizer.step(weights: weights, gradients: gradients, rate: 0.01, on: pool)
            #expect(abs(report.gradientNorm - norm) < 1e-9)
            for segment in layout.segments {
                for index in segment.range {
                    let gradient = g[index] * scale
                    m[index] = 0.9 * m[index] + 0.1 * gradient
                    v[index] = 0.95 * v[index] + 0.05 * gradient * gradient
                    var firstPower = 1.0
                    var secondPower = 1.0
                    for _ in 0..<step { (firstPower, secondPower) = (firstPower * 0.9, secondPower * 0.95) }
                    let rate = 0.01 * segment.group.rateMultiplier
                    let update = m[index] / (1 - firstPower) / ((v[index] / (1 - secondPower)).squareRoot() + 1e-8)
                    w[index] -= rate * update + (segment.group.decays ? rate * 0.1 * w[index] : 0)
                }
            }
        }
        // Four steps of some ten roundings, of numbers below 4: within 40 · 4 · 2⁻²⁴.
        for (index, expected) in w.enumerated() { #expect(abs(Double(weights.all[0, index]) - expected) < 1e-5) }
        #expect(optimizer.stepCount == 4)
    }

    @Test func `padding stays zero, and threads change no bit`() throws {
        let layout = layout()
        let (one, two) = (filled(layout, seed: 2), filled(layout, seed: 2))
        let gradients = filled(layout, seed: 3)
        for (weights, threads) in [(one, 1), (two, 3)] {
            let optimizer = AdamW(layout: layout, settings: .init())
            try optimizer.step(weights: weights, gradients: gradients, rate: 0.1, on: ComputePool(threadCount: threads))
        }
        #expect(one.all.values == two.all.values)
        let used = Set(layout.segments.flatMap(\.range))
        for index in 0..<layout.count where !used.contains(index) { #expect(one.all[0, index] == 0) }
    }

    @Test func `a gradient that is not finite is refused and changes nothing`() throws {
        let layout = layout()
        let weights = filled(layout, seed: 4)
        let before = weights.all.values
        let gradients = layout.makeArena()
        gradients.all[0, 3] = .nan
        let optimizer = AdamW(layout: layout, settings: .init())
        #expect(throws: TrainingError.self) {
            try optimizer.step(weights: weights, gradients: gradients, rate: 0.1, on: pool)
        }
        #expect(weights.all.values == before)
        #expect(optimizer.stepCount == 0)
    }

    @Test func `a short run's average forgets its start`() throws {
        let arena = FloatArena(count: 20)
        let average = try WeightAverage(of: arena, decay: 0.999, on: pool)
        arena.all.fill(with: 1)
        for _ in 0..<50 { average.update(with: arena, on: pool) }
        #expect(average.weights.all[0, 19] > 0.99)
        #expect(throws: TrainingError.self) { try WeightAverage(of: arena, decay: 1, on: pool) }
    }

    @Test func `the rate climbs, stays and falls`() throws {
        let schedule = try LearningRateSchedule(
            peak: 2, warmUpSteps: 4, totalSteps: 20, decay: .linear, decayShare: 0.5, finalShare: 0.1)
        #expect(schedule.rate(at: 0) == 0.5)
        #expect(schedule.rate(at: 3) == 2)
        #expect(schedule.rate(at: 9) == 2)
        #expect(abs(schedule.rate(at: 14) - (0.2 + 0.5 * 1.8)) < 1e-12)
        #expect(abs(schedule.rate(at: 19) - 0.2) < 1e-12)
        #expect(schedule.rate(at: 99) == schedule.rate(at: 19))
        let cosine = try LearningRateSchedule(peak: 1, warmUpSteps: 0, totalSteps: 10)
        #expect(abs(cosine.rate(at: 4) - 0.5) < 1e-12)
        #expect(abs(cosine.rate(at: 9)) < 1e-12)
        #expect((0..<9).allSatisfy { cosine.rate(at: $0) > cosine.rate(at: $0 + 1) })
        #expect(throws: TrainingError.self) { try LearningRateSchedule(peak: 1, warmUpSteps: 5, totalSteps: 4) }
    }

    @Test func `stages follow each other`() throws {
        let distil = try Objective.tandemDistil()
        let schedule = try ObjectiveSchedule(stages: [
            .init(end: 0.25, objective: .data), .init(end: 1, objective: distil),
        ])
        #expect(schedule.objective(at: 24, of: 100) == .data)
        #expect(schedule.objective(at: 25, of: 100) == distil)
        #expect(schedule.objective(at: 100, of: 100) == distil)
        #expect(throws: TrainingError.self) { try ObjectiveSchedule(stages: [.init(end: 0.5, objective: .data)]) }
    }
}
