import TandemMath
import TandemTestSupport
import Testing

@testable import TandemDecoding

struct CalibrationTests {
    @Test func `observing changes nothing and sees every guess that was judged`() throws {
        for sampling in [Sampling.greedy, try Sampling(temperature: 1)] {
            let request = Request(sampling: sampling, stop: try StopCondition(maximumTokenCount: 60))
            let target = ScriptedTarget()
            let model = try ScriptedDraftModel(target, tokens: Array(2..<20), error: 0.3)
            let rule = ObservingMatch()
            let conversation = try request.conversation(
                target,
                Speculation(
                    drafter: ScriptedModelDrafter(model), blockLength: FixedLength(4, topCount: 3), rule: rule))
            #expect(try run([conversation], target)[0] == request.answer(ScriptedTarget()))
            let seen = rule.observations
            #expect(seen.filter(\.stood).count >= conversation.metrics.acceptedCount)
            #expect(seen.allSatisfy { (0...1).contains($0.agreement) && $0.confidence.top.count == 3 })
            #expect(seen.contains { !$0.stood } && seen.contains { $0.agreement > 0.3 })
            // The likeliest comes first, and greedily it is the guess.
            #expect(seen.allSatisfy { $0.confidence.top[0].probability >= $0.confidence.top[2].probability })
            if sampling.isGreedy {
                #expect(seen.allSatisfy { $0.confidence.top[0].probability == $0.confidence.probability })
            }
            let cells = AcceptanceTable.cells(seen)
            #expect(cells.joined().reduce(0) { $0 + $1.judged } == Double(seen.count))
            let table = AcceptanceTable(observed: seen)
            let rate =
                Double(seen.filter { $0.place == 0 && $0.stood }.count + 1)
                / Double(seen.filter { $0.place == 0 }.count + 2)
            #expect(abs(table.chance(place: 0) - rate) < 1e-9)
        }
    }

    @Test func `a router learns what guesses are worth`() throws {
        // Agreement falls with entropy, and tokens with an odd number are never agreed upon.
        var generator = SeededGenerator(seed: 3)
        let observations = (0..<1_500).map { _ in
            let entropy = Float(generator.nextUnit() * 3)
            let token = generator.next(in: 0...9)
            let truth: Float = token % 2 == 1 ? 0.02 : max(0, 1 - entropy / 3)
            return DraftObservation(
                place: 0,
                confidence: DraftConfidence(
                    probability: 0.5, entropy: entropy, top: [.init(token: token, probability: 0.9)]),
                agreement: truth, stood: true)
        }
        var training = RouterTraining()
        training.hiddenCount = 8
        training.epochCount = 12
        training.learningRate = 1e-2
        let network = try training.train(on: observations, topCount: 1, embeddingWidth: 2) { token in
            token % 2 == 1 ? [1, 0] : [0, 1]
        }
        let errors = observations.map { abs(network.agreement($0.confidence) - $0.agreement) }
        #expect(errors.reduce(0, +) / Float(errors.count) < 0.06)
        let again = try training.train(on: observations, topCount: 1, embeddingWidth: 2) {
            $0 % 2 == 1 ? [1, 0] : [0, 1]
        }
        #expect(again.first.values == network.first.values)
        #expect(observations.allSatisfy { network.agreement($0.confidence) == again.agreement($0.confidence) })
        #expect(
            observations.suffix(60).allSatisfy {
                network.agreement($0.confidence) == network.agreement(features: network.features($0.confidence))
            })
    }

    @Test func `drawn answers have a table of their own, and what lies between has some of both`() {
        let observed = (0..<80).map { index in
            DraftObservation(
                place: index % 2, confidence: DraftConfidence(probability: 0.55, entropy: 1), agreement: 0.5,
                stood: index < 40 ? index % 4 < 3 : index % 4 < 1, isDrawn: index >= 40)
        }
        let measured = MeasuredAcceptance(observed)
        #expect(measured.table(temperature: 0) == AcceptanceTable(observed: Array(observed.prefix(40))))
        #expect(measured.table(temperature: 1) == AcceptanceTable(observed: Array(observed.suffix(40))))
        #expect(measured.table(temperature: 1.5) == measured.table(temperature: 1))
        let chances = [0, 0.4, 0.8, 1].map { measured.table(temperature: $0).chance(place: 0, confidence: 0.55) }
        #expect(zip(chances, chances.dropFirst()).allSatisfy { $0 > $1 }, "\(chances)")
        let greedy = MeasuredAcceptance(Array(observed.prefix(40)))
        #expect(greedy.table(temperature: 1) == greedy.table(temperature: 0))
    }

    @Test func `what tells more leaves less unsure`() {
        func measured(_ greedy: [Double], _ drawn: [Double]) -> MeasuredAcceptance {
            func cells(_ accepted: [Double]) -> [[AcceptanceTable.Cell]] {
                [accepted.map { AcceptanceTable.Cell(judged: 10, accepted: $0) }]
            }
            return MeasuredAcceptance(greedy: cells(greedy), drawn: cells(drawn))
        }
        let own = measured([2, 8], [5, 5])
        #expect(
            abs(own.uncertainty(temperature: 0) - 0.16) < 1e-9 && abs(own.uncertainty(temperature: 1) - 0.25) < 1e-9)
        #expect(measured([0, 10], [0, 10]).uncertainty(temperature: 0) == 0)
        #expect(MeasuredAcceptance(greedy: [], drawn: []).uncertainty(temperature: 0) == 1)
        let other = measured([2, 8], [4, 6])
        #expect(!other.isWorthItsNetwork(over: own, temperature: 0))
        #expect(other.isWorthItsNetwork(over: own, temperature: 1))
    }

    @Test func `confidences are scored against what became of guesses`() {
        func observation(_ probability: Float, agreement: Float, stood: Bool) -> DraftObservation {
            DraftObservation(
                place: 0, confidence: DraftConfidence(probability: probability, entropy: 0), agreement: agreement,
                stood: stood)
        }
        let observed = [
            observation(0.9, agreement: 0.8, stood: true), observation(0.5, agreement: 0.5, stood: true),
            observation(0.5, agreement: 0.25, stood: false), observation(0.1, agreement: 0.2, stood: false),
        ]
        let score = ConfidenceScore(observed, by: \.probability)
        #expect(score.count == 4 && abs(score.error - (0.1 + 0 + 0.25 + 0.1) / 4) < 1e-6)
        // Of four pairs three are right and one is even.
        #expect(score.discrimination == 3.5 / 4)
        // −ln ½ where half is said, whatever the agreement.
        let even = ConfidenceScore(observed) { _ in 0.5 }
        #expect(abs(even.crossEntropy - 0.6931472) < 1e-5 && even.discrimination == 0.5)
        #expect(ConfidenceScore(Array(observed.prefix(2)), by: \.probability).discrimination == nil)
        // By another measure, the same guesses fall into other cells.
        let cells = AcceptanceTable.cells(observed) { 0.99 - $0.probability }
        #expect(cells[0][4].judged == 2 && cells[0][0].judged == 1 && cells[0][0].accepted == 1)
    }

    @Test func `a judge learns which states are good, however rare bad ones are`() throws {
        var generator = SeededGenerator(seed: 9)
        let isGood = (0..<600).map { _ in generator.nextUnit() < 0.9 }
        let states = Matrix(rows: 600, columns: 4)
        for row in 0..<600 {
            for column in 0..<4 { states[row, column] = Float(generator.nextNormal()) }
            // Only the first channel tells, at whatever scale the state is.
            states[row, 0] = isGood[row] ? 2 : -2
            let scale = Float(generator.nextUnit() * 50 + 1)
            for column in 0..<4 { states[row, column] *= scale }
        }
        var training = JudgeTraining()
        training.learningRate = 1e-2
        let head = try training.train(on: states, isGood: isGood, state: 7)
        #expect(head.state == 7 && head.weights.count == 4)
        let score = JudgeScore(head, on: states, isGood: isGood)
        #expect(score.goodCount + score.badCount == 600 && (score.discrimination ?? 0) > 0.99)
        #expect(score.passing[0].good > 0.98 && score.passing[0].bad < 0.02)
        #expect(zip(score.passing, score.passing.dropFirst()).allSatisfy { $0.good >= $1.good && $0.bad >= $1.bad })
        #expect(try training.train(on: states, isGood: isGood, state: 7) == head)
        struct Stopped: Error {}
        #expect(throws: Stopped.self) {
            try training.train(on: states, isGood: isGood, state: 7) { if $0 > 100 { throw Stopped() } }
        }
    }
}
