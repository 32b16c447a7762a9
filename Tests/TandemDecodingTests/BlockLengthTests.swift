import Foundation
import TandemMath
import TandemModels
import TandemTestSupport
import Testing

@testable import TandemDecoding

struct BlockLengthTests {
    /// Four rows for little more than one; a draft step is a twentieth.
    private static let flat = CostModel(
        read: CostModel.Curve(counts: [1, 4, 8], seconds: [1, 1.1, 2]),
        draft: CostModel.Curve(counts: [1, 8], seconds: [0.05, 0.1]))

    @Test func `curves go through their points, straight between them and on from the last`() {
        let curve = CostModel.Curve(counts: [1, 2, 4, 8], seconds: [1, 1.5, 2, 4])
        #expect([1, 2, 3, 4, 6, 8, 10].map { curve($0) } == [1, 1.5, 1.75, 2, 3, 4, 5])
        #expect(curve(0) == 1)
        #expect(CostModel.Curve(counts: [3], seconds: [2])(17) == 2)
    }

    @Test func `a round's time is shared by those who take part`() {
        let costs = CostModel(
            read: CostModel.Curve(counts: [1, 2], seconds: [1, 2]),
            draft: CostModel.Curve(counts: [1, 2], seconds: [0.1, 0.3]), draftStart: 0.25, overhead: 0.5)
        #expect(abs(costs.share(length: 0) - 1.5) < 1e-12)
        #expect(abs(costs.share(length: 3) - 5.05) < 1e-12)
        #expect(
            abs(
                costs.share(length: 1, in: RoundCompany(conversationCount: 2, otherDraftRows: 1))
                    - (4 + 0.3 + 0.25 + 0.5) / 2) < 1e-12)
        #expect(abs(costs.share(length: 3, draftsFreely: true) - 4.5) < 1e-12)
    }

    /// Plays rounds in which a guess stands with a given chance; how many tokens were drafted in each.
    private func play(
        _ policy: inout CostAware, rounds: Int, chance: Double, confidence: Float, seed: UInt64 = 1,
        conversations: Int = 1
    ) -> [Int] {
        var generator = SeededGenerator(seed: seed)
        return (0..<rounds).map { _ in
            policy.begin(RoundOutlook(company: RoundCompany(conversationCount: conversations), costs: Self.flat))
            var draft = Draft(source: .tandem)
            while policy.wantsMore(than: draft) {
                draft.tokens.append(1)
                draft.confidences.append(DraftConfidence(probability: confidence, entropy: 0))
            }
            let read = policy.readCount(of: draft)
            var accepted = 0
            while accepted < read, generator.nextUnit() < chance { accepted += 1 }
            policy.learn(from: draft, readCount: read, acceptedCount: accepted)
            return draft.tokens.count
        }
    }

    @Test func `guesses that stand are followed by more, those that fall by none`() {
        var good = CostAware(maximum: 7)
        #expect(play(&good, rounds: 200, chance: 1, confidence: 0.95).suffix(20).allSatisfy { $0 == 7 })
        var middling = CostAware(maximum: 7)
        let lengths = play(&middling, rounds: 300, chance: 0.6, confidence: 0.6).suffix(100)
        #expect(lengths.allSatisfy { $0 <= 4 } && lengths.contains { $0 >= 2 })
        var bad = CostAware(maximum: 7)
        let wasted = play(&bad, rounds: 1_000, chance: 0, confidence: 0.5)
        // A few rounds until it is known, then one trial in 8, 16, … 128 rounds.
        #expect(wasted.filter { $0 > 0 }.count < 40)
        #expect(wasted.suffix(500).filter { $0 > 0 }.count <= 5)
        // The text changes, and it comes back.
        let again = play(&bad, rounds: 800, chance: 1, confidence: 0.95, seed: 2)
        #expect(again.suffix(50).allSatisfy { $0 == 7 })
    }

    @Test func `an unsure guess ends a block that a sure one would not`() {
        var policy = CostAware(maximum: 7, acceptance: AcceptanceTable(expected: [0.9, 0.9, 0.95]))
        policy.begin(RoundOutlook(costs: Self.flat))
        func goesOn(_ confidence: Float) -> Bool {
            var draft = Draft(tokens: [1], source: .tandem)
            draft.confidences = [DraftConfidence(probability: confidence, entropy: 0)]
            return policy.wantsMore(than: draft)
        }
        #expect(goesOn(0.99) && !goesOn(0.02))
    }

    /// A drafter that is right nine times of ten when it is sure, and once of ten when it is not, which is as often. Tokens
    /// for the time, with the costs of a machine on which rows are dear.
    private func speed(_ policy: inout some BlockLengthPolicy, rounds: Int, trims: Bool) -> Double {
        let costs = CostModel(
            read: CostModel.Curve(counts: [1, 2, 3, 4], seconds: [1, 1.2, 1.4, 1.7]),
            draft: CostModel.Curve(counts: [1], seconds: [0.08]))
        var generator = SeededGenerator(seed: 5)
        var tokens = 0.0
        var seconds = 0.0
        for _ in 0..<rounds {
            policy.begin(RoundOutlook(costs: costs))
            var draft = Draft(source: .tandem)
            while policy.wantsMore(than: draft) {
                draft.tokens.append(1)
                draft.confidences.append(
                    DraftConfidence(probability: generator.nextUnit() < 0.5 ? 0.9 : 0.1, entropy: 0))
            }
            let read = trims ? policy.readCount(of: draft) : draft.tokens.count
            var accepted = 0
            while accepted < read, generator.nextUnit() < Double(draft.confidences[accepted].probability) {
                accepted += 1
            }
            policy.learn(from: draft, readCount: read, acceptedCount: accepted)
            tokens += 1 + Double(accepted)
            seconds += costs.read(1 + read) + 0.08 * Double(draft.tokens.count)
        }
        return tokens / seconds
    }

    @Test func `what turns out unsure is not read, which beats every fixed length`() {
        var aware = CostAware(maximum: 7)
        let adaptive = speed(&aware, rounds: 4_000, trims: true)
        let fixed = (0...4).map { length in
            var policy = FixedLength(length)
            return speed(&policy, rounds: 4_000, trims: true)
        }
        #expect(adaptive > 1.05 * (fixed.max() ?? 0), "\(adaptive) and \(fixed)")
        var draft = Draft(tokens: [1, 2, 3], source: .tandem)
        draft.confidences = [0.9, 0.9, 0.02].map { DraftConfidence(probability: $0, entropy: 0) }
        #expect(aware.readCount(of: draft) == 2)
        #expect(FixedLength(3).readCount(of: draft) == 3)
    }

    @Test func `the first guess has to bring what a round of drafting takes in any case`() {
        var table = AcceptanceTable(expected: [0.3])
        for place in 1..<3 { for _ in 0..<50 { table.record(place: place, confidence: nil, stood: false) } }
        for _ in 0..<6 { table.record(place: 0, confidence: nil, stood: true) }
        func drafts(_ start: Double) -> Bool {
            var costs = Self.flat
            costs.draftStart = start
            var policy = CostAware(maximum: 5, acceptance: table)
            policy.begin(RoundOutlook(costs: costs))
            return policy.wantsMore(than: Draft(source: .tandem))
        }
        #expect(drafts(0) && !drafts(0.9))
    }

    /// The drafter thinks much of its guesses and few of them stand: what counts is what comes of them.
    @Test(arguments: [0, 0.05, 0.1, 0.15]) func `drafting that does not help takes next to nothing`(chance: Double) {
        var costs = Self.flat
        costs.draftStart = 0.07
        var (seconds, tokens) = (0.0, 0)
        for seed in 1...20 as ClosedRange<UInt64> {
            var policy = CostAware(maximum: 7)
            var generator = SeededGenerator(seed: seed)
            for _ in 0..<128 {
                policy.begin(RoundOutlook(costs: costs))
                var draft = Draft(source: .tandem)
                while policy.wantsMore(than: draft) {
                    draft.tokens.append(1)
                    draft.confidences.append(
                        DraftConfidence(probability: Float(generator.nextUnit()), entropy: 0))
                }
                let read = policy.readCount(of: draft)
                var accepted = 0
                while accepted < read, generator.nextUnit() < chance { accepted += 1 }
                policy.learn(from: draft, readCount: read, acceptedCount: accepted)
                seconds += costs.share(length: draft.tokens.count)
                seconds += costs.read(1 + read) - costs.read(1 + draft.tokens.count)
                tokens += 1 + accepted
            }
        }
        #expect(Double(tokens) / seconds > 0.98)
    }

    @Test func `a trial that is dear is rarer`() {
        func trials(_ conversations: Int) -> Int {
            var policy = CostAware(maximum: 7)
            let wasted = play(&policy, rounds: 1_000, chance: 0, confidence: 0.5, conversations: conversations)
            return wasted.suffix(950).count { $0 > 0 }
        }
        let counts = [1, 4, 8].map(trials)
        #expect(counts[1] > 0 && counts[0] > counts[1], "\(counts)")
        // Beside seven others not even a guess that stands nine times of ten would pay.
        #expect(counts[2] == 0)
    }

    @Test func `who was measured beforehand has more credit than who was not, and both can use it up`() {
        let measured = AcceptanceTable(expected: [0.5, 0.45, 0.4])
        func roundsUntilRest(_ acceptance: AcceptanceTable?) -> Int? {
            var policy = CostAware(maximum: 7, acceptance: acceptance)
            return play(&policy, rounds: 100, chance: 0, confidence: 0.5).firstIndex(of: 0)
        }
        let (known, unknown) = (roundsUntilRest(measured), roundsUntilRest(nil))
        #expect((known ?? 100) > (unknown ?? 100) && (known ?? 100) < 20, "\(String(describing: (known, unknown)))")
    }

    /// A drafter that pays by a little in the mean: luck must not send it to rest.
    @Test func `drafting that helps a little goes on`() {
        var (drafted, rounds) = (0, 0)
        for seed in 1...40 as ClosedRange<UInt64> {
            var policy = CostAware(maximum: 1, acceptance: AcceptanceTable(expected: [0.4]))
            let lengths = play(&policy, rounds: 128, chance: 0.4, confidence: 0.4, seed: seed)
            drafted += lengths.count { $0 > 0 }
            rounds += lengths.count
        }
        #expect(Double(drafted) > 0.95 * Double(rounds), "\(drafted) of \(rounds)")
    }

    @Test func `many conversations leave less room for guesses`() {
        var alone = CostAware(maximum: 7)
        var crowded = CostAware(maximum: 7)
        let first = play(&alone, rounds: 200, chance: 0.5, confidence: 0.5).reduce(0, +)
        let second = play(&crowded, rounds: 200, chance: 0.5, confidence: 0.5, conversations: 8).reduce(
            0, +)
        #expect(second < first)
    }

    @Test func `a table learns, forgets, and can be stored`() throws {
        var table = AcceptanceTable(
            measured: [[AcceptanceTable.Cell]](
                repeating: (0..<10).map { AcceptanceTable.Cell(judged: 1_000, accepted: Double($0) * 100) },
                count: 2))
        #expect(abs(table.chance(place: 1, confidence: 0.55) - 0.5) < 0.01)
        // Between the middles of two levels lies what lies between their chances; beyond the last there is no more.
        #expect(abs(table.chance(place: 1, confidence: 0.6) - 0.55) < 0.01)
        #expect([0, 0.05].map { table.chance(place: 1, confidence: $0) }.allSatisfy { abs($0) < 0.01 })
        #expect([0.95, 1].map { table.chance(place: 1, confidence: $0) }.allSatisfy { abs($0 - 0.9) < 0.01 })
        #expect(table.chance(place: 1, confidence: .nan) >= 0)
        #expect(abs(table.chance(place: 0) - 0.45) < 0.01)
        for _ in 0..<300 { table.record(place: 1, confidence: 0.55, stood: true) }
        #expect(table.chance(place: 1, confidence: 0.55) > 0.9 && table.chance(place: 1) > 0.85)
        #expect(abs(table.chance(place: 0, confidence: 0.55) - 0.5) < 0.01)
        for _ in 0..<300 { table.record(place: 1, confidence: 0.55, stood: false) }
        #expect(table.chance(place: 1, confidence: 0.55) < 0.15)
    }

    @Test func `a meter follows the machine`() {
        let meter = CostMeter(read: Self.flat.read)
        for _ in 0..<300 { meter.recordRead(rows: 4, seconds: 2.2) }
        #expect(abs(meter.read(1) - 2) < 0.01 && meter.costs(with: nil)?.draft(3) == 0)
    }

    @Test func `a meter tells those who draft from each other`() throws {
        let pair = try ModelPair()
        let tandem = pair.tandem(try pair.small())
        let independent = IndependentDraftModel(pair.large, pool: pair.pool)
        let meter = CostMeter(read: Self.flat.read)
        let costs = DraftCosts(step: .init(counts: [1], seconds: [0.1]), start: 0.1)
        meter.follow(tandem, from: costs)
        #expect(meter.costs(with: independent) == nil, "Nothing is known of it.")
        meter.follow(independent, from: costs)
        var pass = DraftPass(independent)
        let drafter = IndependentDrafter(independent)
        drafter.confirm([1, 2, 3])
        let sampler = try Sampler(
            .greedy, seed: 1, vocabularyCount: pair.large.configuration.vocabularyCount, prompt: [1, 2, 3])
        let request = DraftRequest(limit: 2, policy: FixedLength(2), sampler: sampler)
        guard case .pass(_, let memory, _) = drafter.draft(request) else {
            Issue.record("It does not draft.")
            return
        }
        _ = pass.add(request, memory: memory)
        try pass.run()
        for _ in 0..<300 { meter.recordDraft(pass, seconds: 0.6) }
        #expect(meter.drafts(with: tandem) == costs)
        #expect(abs((meter.drafts(with: independent)?.step(1) ?? 0) - 0.2) < 0.01)
        #expect(meter.all.drafts.keys.sorted { $0.rawValue < $1.rawValue } == [.independent, .tandem])
    }

    @Test(arguments: [
        #"{"counts":[],"seconds":[]}"#, #"{"counts":[1,2],"seconds":[1]}"#, #"{"counts":[0,1],"seconds":[1,1]}"#,
        #"{"counts":[2,1],"seconds":[1,1]}"#, #"{"counts":[1,4611686018427387904],"seconds":[1,1]}"#,
        #"{"counts":[1],"seconds":[-1]}"#,
    ])
    func `a damaged curve is refused`(json: String) {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(CostModel.Curve.self, from: Data(json.utf8))
        }
    }

    @Test func `a meter learns what each number of rows costs`() {
        let meter = CostMeter(read: Self.flat.read)
        // Measured: two rows cost little over one. Met: half as much again, and another program that doubles all for a while.
        for slowdown in [1.0, 2] {
            for round in 0..<400 {
                let rows = round % 4 == 0 ? 2 : 1
                meter.recordRead(rows: rows, seconds: slowdown * (rows == 1 ? 1 : 1.5))
            }
            let read = meter.read
            #expect(abs(read(1) / slowdown - 1) < 0.02 && abs(read(2) / slowdown - 1.5) < 0.03)
            #expect(read(3) > read(2), "What did not come up follows its neighbour.")
        }
    }

    @Test func `a curve that is kept and followed again and again does not grow`() {
        var read = Self.flat.read
        var sizes: [Int] = []
        for _ in 0..<12 {
            let meter = CostMeter(read: read)
            for rows in 1...CostMeter.followedRows { meter.recordRead(rows: rows, seconds: Double(rows)) }
            read = meter.read
            sizes.append(read.counts.count)
        }
        #expect(sizes.max() == CostMeter.followedRows + 1 && sizes.last == sizes.max())
    }

    @Test func `a pass longer than the curve tells a meter nothing`() {
        let meter = CostMeter(read: Self.flat.read)
        let before = meter.read
        meter.recordRead(rows: 4096, seconds: 100)
        meter.recordRead(rows: 0, seconds: 100)
        #expect(meter.read == before)
    }

    @Test func `costs are measured with the models themselves`() throws {
        let pair = try ModelPair()
        let drafting = pair.tandem(try pair.small())
        let independent = IndependentDraftModel(pair.large, pool: pair.pool)
        let target = pair.target()
        let read = try CostModel.Curve(readingWith: target, contextLength: 20)
        #expect(read.counts.count > 5 && read.seconds.allSatisfy { $0 > 0 })
        let makers: [() -> any Drafter] = [{ TandemDrafter(drafting) }, { IndependentDrafter(independent) }]
        for maker in makers {
            let costs = try DraftCosts(measuring: maker, with: target, plainStep: 0.001, contextLength: 20)
            #expect(costs.step.counts == [1, 2, 4, 8] && costs.step.seconds.allSatisfy { $0 > 0 })
            // A measurement would take too long: a guess, at the scale of the large model.
            let assumed = try DraftCosts(measuring: maker, with: target, plainStep: 10)
            #expect(assumed.step.seconds.allSatisfy { $0 > 0.1 } && assumed.start > 0.1)
        }
        #expect(target.openCount == 0 && drafting.openCount == 0 && independent.openCount == 0)
    }

    private func network() -> RouterNetwork {
        // Two hidden units: one sees entropy, the other the second probability and the second channel of embeddings.
        RouterNetwork(
            topCount: 2, first: Matrix(rows: 2, columns: 5, values: [-1, 0, 0, 0, 0, 0, 0, 2, 0, 1]),
            firstBias: Matrix(rows: 1, columns: 2, values: [1.5, 0]),
            second: Matrix(rows: 1, columns: 2, values: [3, -1]),
            secondBias: -1, embedding: { [Float($0), Float($0) / 2] })
    }

    @Test func `a router is two layers on a law`() {
        var confidence = DraftConfidence(
            probability: 0.7, entropy: 0.5,
            top: [.init(token: 4, probability: 0.75), .init(token: 2, probability: 0.25)])
        #expect(network().features(confidence) == [0.5, 0.75, 0.25, 3.5, 1.75])
        // 3 · max(0, 1.5 − 0.5) − max(0, 2 · 0.25 + 1.75) − 1 = −0.25
        #expect(abs(network().agreement(confidence) - 0.4378235) < 1e-5)
        var draft = Draft(tokens: [4], source: .tandem)
        confidence.trust = Router(network()).trust(in: confidence)
        draft.confidences = [confidence]
        #expect(Router(network(), threshold: 0.6).wantsMore(than: draft))
        #expect(!Router(network(), threshold: 0.5).wantsMore(than: draft))
        #expect(!Router(network(), threshold: 0.6, maximum: 1).wantsMore(than: draft))
        #expect(Router(network(), threshold: 0.5).wantsMore(than: Draft()))
        // Of a look-up there is nothing to judge.
        var found = Draft(tokens: [4, 2], source: .lookup)
        #expect(Router(network(), threshold: 0.5).wantsMore(than: found))
        found.confidences = [0.1, 0.1].map { DraftConfidence(probability: $0, entropy: 0) }
        #expect(Router(network(), threshold: 0.5).wantsMore(than: found))
    }

    @Test func `whatever the policy, the text is the same`() throws {
        let pair = try ModelPair()
        let small = try pair.small(draftTokens: [3, 5, 9, 0, 11, 39, 22, 8])
        let width = small.configuration.small.width
        let router = RouterNetwork(
            topCount: 3, first: Matrix(rows: 1, columns: 4 + width),
            firstBias: Matrix(rows: 1, columns: 1, values: [1]),
            second: Matrix(rows: 1, columns: 1, values: [1]), secondBias: 0,
            embedding: { [Float](repeating: Float($0), count: width) })
        let policies: [any BlockLengthPolicy] = [
            CostAware(maximum: 5), CostAware(maximum: 5, router: router),
            Router(router, threshold: 0.9, maximum: 6),
        ]
        let drafting = pair.tandem(small)
        for (index, policy) in policies.enumerated() {
            let requests = try (0..<4).map { number in
                Request(
                    prompt: [1, 2, number], sampling: Sampling.kinds[number], seed: UInt64(index),
                    stop: try StopCondition(maximumTokenCount: 25))
            }
            let expected = try requests.map { try $0.answer(pair.target()) }
            let target = pair.target()
            let conversations = try requests.map {
                try $0.conversation(
                    target, Speculation(drafter: TandemDrafter(drafting), blockLength: policy))
            }
            let meter = CostMeter(read: CostModel.assumed.read)
            meter.follow(drafting, from: DraftCosts(step: CostModel.assumed.draft, start: 0.04))
            let loop = DecodingLoop(target: target, costs: meter)
            for conversation in conversations { loop.add(conversation) }
            var answers = [Answer](repeating: Answer(), count: requests.count)
            while !loop.isEmpty {
                for result in try loop.round() {
                    let place = conversations.firstIndex { $0 === result.conversation }
                    answers[place ?? 0].add(try result.outcome.get())
                }
            }
            #expect(answers == expected)
        }
    }
}
