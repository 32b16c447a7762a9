import TandemMath
import Testing

@testable import TandemTraining

/// The loss of one row in `Double`, and its gradient by central differences.
private struct LossOracle {
    var label: Int?
    var teacher: [Double]
    var objective: Objective

    func loss(_ logits: [Double]) -> Double {
        let greatest = logits.max() ?? 0
        let exponentials = logits.map { exponential($0 - greatest) }
        let sum = exponentials.reduce(0, +)
        let p = exponentials.map { $0 / sum }
        func minusLog(_ x: Double) -> Double { -naturalLogarithm(x) }
        var value = 0.0
        if let label { value += objective.data * minusLog(p[label]) }
        var mass = 0.0
        var distance = 0.0
        for (p, q) in zip(p, teacher) {
            if q > 0 {
                value += objective.soft * q * minusLog(p)
                if objective.softLoss == .forwardKL { value -= objective.soft * q * minusLog(q) }
            }
            mass += q
            distance += abs(p - q)
        }
        if mass > 0 { value += objective.variation * 0.5 * (distance + 1 - mass) }
        return value
    }

    func gradient(_ logits: [Double]) -> [Double] {
        // The error of a central difference is about ε² of a third derivative below 1, plus 1e-16/ε: near 1e-10.
        let epsilon = 1e-5
        return logits.indices.map { index in
            var up = logits
            var down = logits
            up[index] += epsilon
            down[index] -= epsilon
            return (loss(up) - loss(down)) / (2 * epsilon)
        }
    }
}

struct LossTests {
    static let objectives: [Objective] = {
        let all = [
            Objective.data, .forwardKL, try? Objective.tandemDistil(), try? Objective.totalVariation(),
            try? Objective(data: 0, variation: 1), try? Objective(data: 0.3, soft: 0.5, variation: 0.7),
        ]
        return all.compactMap { $0 }
    }()

    @Test(arguments: objectives) func `gradients equal finite differences of a loss in Double`(objective: Objective) {
        var generator = SeededGenerator(seed: 1)
        for columns in [1, 2, 5, 16, 37] {
            for kind in 0..<4 {
                let logits = (0..<columns).map { _ in Float(4 * generator.nextUnit() - 2) }
                let label = kind == 1 ? nil : generator.next(in: 0...columns - 1)
                // 0: none, 1: some columns with a part of the mass, 2: the same, all of it, 3: all columns.
                let taught = kind == 3 ? columns : min(columns, kind == 0 ? 0 : 3)
                let ids = generator.permutation(of: columns).prefix(taught).map { UInt32($0) }
                var q = ids.map { _ in Float(generator.nextUnit() + 0.1) }
                let sum = q.reduce(0, +) / (kind == 1 ? 0.8 : 1)
                q = q.map { $0 / sum }
                var whole = [Float](repeating: 0, count: columns)
                for (id, probability) in zip(ids, q) { whole[Int(id)] = probability }
                let oracle = LossOracle(label: label, teacher: whole.map(Double.init), objective: objective)
                let expected = oracle.gradient(logits.map(Double.init))
                var teachers: [TeacherRow] = [.none]
                if kind > 0 {
                    teachers = [
                        .top(columns: ids[...], probabilities: q[...]),
                        .whole(Matrix(rows: 1, columns: columns, values: whole), row: 0),
                    ]
                }
                for teacher in teachers {
                    let matrix = Matrix(rows: 1, columns: columns, values: logits)
                    let losses = Kernels.losses(
                        matrix, row: 0, label: label, teacher: teacher, weights: objective.weights, scale: 3)
                    let overlapless = kind == 0 ? RowLosses.untaught(losses) : losses
                    // Floats: a few roundings of numbers up to 4, each 2⁻²⁴ relative, and exp to 2e-7.
                    #expect(abs(objective.value(overlapless) - oracle.loss(logits.map(Double.init))) < 5e-6)
                    for column in 0..<columns {
                        #expect(abs(Double(matrix[0, column]) - 3 * expected[column]) < 3e-6)
                    }
                }
            }
        }
    }

    @Test func `a teacher's probabilities are those of its tokens, scaled up or not`() {
        let logits = Matrix(rows: 1, columns: 4, values: [0, 1, 2, 3])
        let law = Matrix(rows: 1, columns: 4)
        Kernels.softmax(logits, row: 0, into: law)
        let all = law.row(0)
        let output = Matrix(rows: 2, columns: 2)
        let tokens: [Int32] = [3, 1]
        Kernels.teacherProbabilities(logits, row: 0, tokens: tokens, renormalizes: false, into: output, row: 0)
        Kernels.teacherProbabilities(logits, row: 0, tokens: tokens, renormalizes: true, into: output, row: 1)
        for column in 0..<2 {
            let q = all[Int(tokens[column])]
            // Two softmaxes and a product: a handful of roundings of numbers below 1.
            #expect(abs(output[0, column] - q) < 1e-6)
            #expect(abs(output[1, column] - q / (all[3] + all[1])) < 1e-6)
        }
    }
}

extension RowLosses {
    fileprivate static func untaught(_ losses: RowLosses) -> RowLosses {
        var result = losses
        (result.soft, result.teacherEntropy, result.overlap) = (0, 0, 1)
        return result
    }
}

/// ln x by Newton's method on the exponential.
private func naturalLogarithm(_ x: Double) -> Double {
    var y = Double(x.exponent) * 0.693_147_180_559_945_3
    for _ in 0..<60 { y += 2 * (x - exponential(y)) / (x + exponential(y)) }
    return y
}
