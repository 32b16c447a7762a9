import TandemMath
import TandemModels
import Testing

@testable import TandemTraining

struct ChunkedHeadTests {
    private let pool = ComputePool(threadCount: 2)

    /// States, head weights and targets over 20 large tokens, of which 12 have rows.
    private func setUp() throws -> (Matrix, Matrix, LossTargets, DraftVocabulary) {
        var generator = SeededGenerator(seed: 2)
        let (positions, width) = (11, 8)
        let vocabulary = try DraftVocabulary(tokens: Array(4..<16).reversed(), vocabularyCount: 20)
        let states = Matrix(
            rows: positions, columns: width,
            values: (0..<positions * width).map { _ in Float(generator.next(in: -100...100)) / 64 })
        let head = Matrix(
            rows: 12, columns: width, values: (0..<96).map { _ in Float(generator.next(in: -50...50)) / 64 })
        let tokens = (0..<positions).flatMap { _ in generator.permutation(of: 20).prefix(5).map { UInt32($0) } }
        let targets = LossTargets(
            labels: (0..<positions).map { _ in generator.next(in: 0...19) },
            weights: (0..<positions).map { $0 % 3 == 1 ? 0 : Float($0 % 4) + 0.5 },
            top: TopTokens(
                count: 5, tokens: tokens, logProbabilities: tokens.indices.map { -1.5 - Float($0 % 5) / 4 }))
        return (states, head, targets, vocabulary)
    }

    @Test func `the length of chunks changes the head's gradient by nothing but rounding, and all else not at all`()
        throws
    {
        let (states, head, targets, vocabulary) = try setUp()
        var results: [(LossSums, [Float], [Float])] = []
        for chunkRows in [1, 3, 64] {
            let chunked = ChunkedHead(vocabulary: vocabulary, width: 8, chunkRows: chunkRows)
            chunked.load(head, on: pool)
            let (dStates, dHead) = (Matrix(rows: 11, columns: 8), Matrix(rows: 12, columns: 8))
            let sums = try chunked.evaluate(
                hidden: states, targets: targets, objective: .tandemDistil(), normalizer: targets.totalWeight,
                hiddenGradient: dStates, weightGradient: dHead, on: pool)
            results.append((sums, dStates.values, dHead.values))
        }
        for result in results.dropFirst() {
            // The sums are added chunk by chunk.
            #expect(abs(result.0.objective - results[0].0.objective) < 1e-12)
            #expect(result.0.correctCount == results[0].0.correctCount)
            #expect(result.1 == results[0].1)
            for (a, b) in zip(result.2, results[0].2) { #expect(abs(a - b) < 1e-6) }
        }
        #expect(results[0].0.positionCount == 7)
    }

    @Test func `gradients of states and head follow the loss along random directions`() throws {
        let (states, head, targets, vocabulary) = try setUp()
        let chunked = ChunkedHead(vocabulary: vocabulary, width: 8, chunkRows: 4)
        let objective = try Objective(data: 0.4, soft: 0.6)
        func loss(_ states: Matrix, _ head: Matrix, _ dStates: Matrix?, _ dHead: Matrix?) throws -> Double {
            chunked.load(head, on: pool)
            return try chunked.evaluate(
                hidden: states, targets: targets, objective: objective, normalizer: 5, hiddenGradient: dStates,
                weightGradient: dHead, on: pool
            ).objective / 5
        }
        let (dStates, dHead) = (Matrix(rows: 11, columns: 8), Matrix(rows: 12, columns: 8))
        _ = try loss(states, head, dStates, dHead)
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<3 {
            for (matrix, gradient) in [(states, dStates), (head, dHead)] {
                // Everything is a multiple of 1/64 below 2, before and after the move, so that rounding to bf16 changes
                // nothing and the loss is smooth. The gradient's own rounding stays: 2⁻⁹ of each of its terms.
                let direction = (0..<matrix.rows * matrix.columns).map { _ in Float(generator.next(in: -1...1)) }
                func moved(_ steps: Float) -> Matrix {
                    Matrix(
                        rows: matrix.rows, columns: matrix.columns,
                        values: zip(matrix.values, direction).map { $0 + steps * $1 / 64 })
                }
                func value(_ sign: Float) throws -> Double {
                    matrix === states
                        ? try loss(moved(sign), head, nil, nil) : try loss(states, moved(sign), nil, nil)
                }
                let difference = try (8 * (value(1) - value(-1)) - (value(2) - value(-2))) / (12.0 / 64)
                let product = zip(gradient.values, direction).reduce(0) { $0 + Double($1.0) * Double($1.1) }
                #expect(abs(difference - product) < 0.01 * (1 + abs(product)), "\(difference), \(product)")
            }
        }
    }

    @Test func `positions without weight have no gradient and cost nothing`() throws {
        let (states, head, targets, vocabulary) = try setUp()
        let chunked = ChunkedHead(vocabulary: vocabulary, width: 8)
        chunked.load(head, on: pool)
        let dStates = Matrix(rows: 11, columns: 8)
        dStates.fill(with: 5)
        _ = try chunked.evaluate(
            hidden: states, targets: targets, objective: .data, normalizer: 1, hiddenGradient: dStates, on: pool)
        for position in 0..<11 where targets.weights[position] == 0 {
            #expect(dStates.row(position) == [Float](repeating: 0, count: 8))
        }
    }

    @Test func `a whole distribution and the same one as top tokens teach the same`() throws {
        let (states, head, targets, vocabulary) = try setUp()
        guard let top = targets.top else { return }
        let chunked = ChunkedHead(vocabulary: vocabulary, width: 8, chunkRows: 5)
        chunked.load(head, on: pool)
        let (first, second) = (Matrix(rows: 11, columns: 8), Matrix(rows: 11, columns: 8))
        let objective = try Objective.totalVariation(share: 0.5)
        let a = try chunked.evaluate(
            hidden: states, targets: targets, objective: objective, normalizer: 1, hiddenGradient: first, on: pool)
        let b = try chunked.evaluate(
            hidden: states, targets: targets, objective: objective, normalizer: 1, hiddenGradient: second,
            teacher: { positions, probabilities in
                probabilities.fill(with: 0)
                for (row, position) in positions.enumerated() {
                    for index in position * 5..<position * 5 + 5 {
                        guard let column = vocabulary.row(of: Int(top.tokens[index])) else { continue }
                        probabilities[row, column] = Float(exponential(Double(top.logProbabilities[index])))
                    }
                }
                return positions.map { ChunkedHead.TeacherFacts(greatest: Int(top.tokens[$0 * 5]), share: 1) }
            }, on: pool)
        // The order of sums over columns differs.
        #expect(abs(a.objective - b.objective) < 1e-5)
        #expect(abs(a.overlap - b.overlap) < 1e-5)
        #expect(a.agreementCount == b.agreementCount)
        for (x, y) in zip(first.values, second.values) { #expect(abs(x - y) < 1e-2 * max(0.1, abs(x))) }
    }

    @Test func `the overlap is that with the law as it is, whatever the objective makes of it`() throws {
        let (states, head, targets, vocabulary) = try setUp()
        let top = try #require(targets.top)
        let chunked = ChunkedHead(vocabulary: vocabulary, width: 8, chunkRows: 4)
        chunked.load(head, on: pool)
        func sums(_ objective: Objective, teacher: ChunkedHead.Teacher? = nil) throws -> LossSums {
            try chunked.evaluate(
                hidden: states, targets: targets, objective: objective, normalizer: 1, hiddenGradient: nil,
                teacher: teacher, on: pool)
        }
        let expected = try sums(.totalVariation())
        let distil = try Objective.tandemDistil()
        for objective in [Objective.data, .forwardKL, distil] {
            let stored = try sums(objective)
            #expect(stored.taughtCount == expected.taughtCount && stored.agreementCount == expected.agreementCount)
            // Seven sums of five probabilities, each divided and multiplied again.
            #expect(abs(stored.overlap - expected.overlap) < 1e-5)
            let whole = try sums(objective) { positions, probabilities in
                probabilities.fill(with: 0)
                return positions.enumerated().map { row, position in
                    var share: Float = 0
                    for index in position * 5..<position * 5 + 5 {
                        guard let column = vocabulary.row(of: Int(top.tokens[index])) else { continue }
                        probabilities[row, column] = Float(exponential(Double(top.logProbabilities[index])))
                        share += probabilities[row, column]
                    }
                    if share > 0 { probabilities.setRow(row, to: probabilities.row(row).map { $0 / share }) }
                    return ChunkedHead.TeacherFacts(greatest: Int(top.tokens[position * 5]), share: share)
                }
            }
            #expect(abs(whole.overlap - expected.overlap) < 1e-5 && whole.agreementCount == expected.agreementCount)
        }
    }
}
