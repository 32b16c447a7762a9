import Foundation
import Synchronization
import TandemCheckpoint
import TandemDecoding
import TandemMath
import TandemModels
import TandemTestSupport
import Testing

@testable import Tandem

/// Ways of drafting as a request names them, with the models that an engine has beside the large one.
struct DraftingTests {
    private let large: LargeModel
    private let pool = ComputePool(threadCount: 2)
    private let companions: Companions

    init() throws {
        let configuration = try TransformerConfiguration(
            architecture: .llama, vocabularyCount: 40, width: 32, layerCount: 2, headCount: 4,
            keyValueHeadCount: 2,
            feedForwardWidth: 64, contextLength: 90)
        large = try LargeModel(RandomModel(configuration, seed: 3), pool: pool)
        let tandem = try TandemConfiguration(
            small: configuration, largeWidth: 32, largeLayerCount: 2, memory: .fused(states: [1, 2]))
        let small = try SmallModel(
            tandem, weights: tandem.makeWeights(seed: 1), form: .packed(.float32), pool: pool)
        var companions = Companions()
        companions.tandem = small
        companions.independent = .model(large)
        companions.judge = JudgeHead(state: 2, weights: [Float](repeating: 0, count: 32), bias: -20)
        companions.router = RouterNetwork(
            topCount: 2, first: Matrix(rows: 1, columns: 3 + small.embeddingWidth),
            firstBias: Matrix(rows: 1, columns: 1, values: [1]),
            second: Matrix(rows: 1, columns: 1, values: [1]),
            secondBias: 0, embedding: { small.embedding(of: $0) })
        self.companions = companions
    }

    private func service() -> GenerationService {
        GenerationService(pool: pool) { [large, pool] in
            LargeTarget(large, contextLength: 90, pool: pool)
        }
    }

    private func job(_ drafting: GenerationRequest.Drafting, seed: UInt64) throws -> GenerationJob {
        let sampling = try Sampling(temperature: seed == 0 ? 0 : 0.9, seed: seed)
        let plan = try DraftingPlan(
            drafting, temperature: sampling.temperature, with: companions, measured: { _ in }, learnt: { _ in })
        return GenerationJob(
            prompt: [1, 2, Int(seed), 1, 2], sampling: sampling,
            stop: try StopCondition(maximumTokenCount: 16), speculation: { try plan.speculation($0) })
    }

    @Test func `every way of drafting that keeps the text does`() async throws {
        let service = service()
        var expected: [[Int]] = []
        for seed in 0..<3 as Range<UInt64> {
            expected.append(
                try await service.generate(job(.none, seed: seed)).result().tokens.map(\.token))
        }
        let lengths: [GenerationRequest.Drafting.Length] = [
            .fixed(3), .costAware(maximum: 4), .router(threshold: 0.9, maximum: 4),
        ]
        var sources: Set<DraftSource> = []
        for drafter in GenerationRequest.Drafting.Drafter.allCases {
            for length in lengths {
                for rule in [.exact, .judge(threshold: 0.5)] as [GenerationRequest.Drafting.Rule] {
                    let drafting = GenerationRequest.Drafting(drafter, length: length, rule: rule)
                    let streams = try (0..<3 as Range<UInt64>).map {
                        service.generate(try job(drafting, seed: $0))
                    }
                    for (stream, tokens) in zip(streams, expected) {
                        let found = try await stream.result()
                        #expect(found.tokens.map(\.token) == tokens, "\(drafting)")
                        sources.formUnion(found.tokens.map(\.source))
                    }
                }
            }
        }
        #expect(sources.isSuperset(of: [.none, .independent]))
    }

    @Test func `ways that change the text run, too`() async throws {
        let service = service()
        let rules: [GenerationRequest.Drafting.Rule] = [
            .rejection, .acceptAll(freeToken: true), .acceptAll(freeToken: false),
            .fuzzy(FuzzyMatch(threshold: 0.2)),
        ]
        for rule in rules {
            let drafting = GenerationRequest.Drafting(.tandem, length: .fixed(3), rule: rule)
            #expect(try await service.generate(job(drafting, seed: 1)).result().tokens.count == 16)
            #expect(drafting.fidelity == (rule == .rejection ? .sameLaw : .lossy))
        }
    }

    @Test func `what passes cost is told before the first token, once`() async throws {
        let engine = try await TandemEngine.load(GoldenFixtures.url("llama-f32.gguf").path)
        let told = Mutex<[MachineCosts]>([])
        engine.companions.keepCosts = { costs in told.withLock { $0.append(costs) } }
        for _ in 0..<2 {
            var request = GenerationRequest(prompt: .text("words words"), maximumTokenCount: 4)
            request.drafting = GenerationRequest.Drafting(.lookup, length: .costAware(maximum: 4))
            for try await _ in try engine.generate(request) {
                #expect(told.withLock { $0.count } == 1)
            }
        }
        // Answers teach more of them.
        let measured = try #require(told.withLock { $0.first })
        let now = try #require(engine.companions.costs)
        #expect(told.withLock { $0.count } == 1 && now != measured && now.drafts.isEmpty)
    }

    @Test func `a drawn answer begins with what guesses are worth in drawn ones`() throws {
        var companions = companions
        let judged = [[AcceptanceTable.Cell]](
            repeating: [AcceptanceTable.Cell](
                repeating: AcceptanceTable.Cell(judged: 400, accepted: 0), count: AcceptanceTable.levelCount),
            count: AcceptanceTable.placeCount)
        let stands = judged.map { $0.map { AcceptanceTable.Cell(judged: $0.judged, accepted: 0.9 * $0.judged) } }
        companions.acceptance = MeasuredAcceptance(greedy: stands, drawn: judged)
        for (temperature, isDrafting) in [(0, true), (1, false), (2, false)] as [(Float, Bool)] {
            let plan = try DraftingPlan(
                .tandem, temperature: temperature, with: companions, measured: { _ in }, learnt: { _ in })
            let draft = Draft(tokens: [], source: .tandem)
            #expect(try plan.blockLength().wantsMore(than: draft) == isDrafting, "\(temperature)")
        }
    }

    @Test func `a router is asked where it was measured to tell enough more than the small model itself`() throws {
        func measured(_ high: Double, _ low: Double) -> [[AcceptanceTable.Cell]] {
            [[AcceptanceTable.Cell(judged: 100, accepted: low), AcceptanceTable.Cell(judged: 100, accepted: high)]]
        }
        let router = RouterNetwork(
            topCount: 1, first: Matrix(rows: 1, columns: 3), firstBias: Matrix(rows: 1, columns: 1),
            second: Matrix(rows: 1, columns: 1), secondBias: 0, embedding: { _ in [0] })
        var companions = Companions()
        #expect(companions.confidence(temperature: 0).acceptance == nil)
        companions.router = router
        #expect(companions.confidence(temperature: 0).router != nil, "Nothing was measured: what was asked for.")
        companions.acceptance = MeasuredAcceptance(greedy: measured(80, 20), drawn: measured(60, 40))
        companions.routerAcceptance = MeasuredAcceptance(greedy: measured(80.4, 19.8), drawn: measured(80, 20))
        let greedy = companions.confidence(temperature: 0)
        let drawn = companions.confidence(temperature: 1)
        #expect(greedy.router == nil && greedy.acceptance == companions.acceptance?.table(temperature: 0))
        #expect(drawn.router != nil && drawn.acceptance == companions.routerAcceptance?.table(temperature: 1))
    }

    @Test func `what is not there is asked for by name`() throws {
        func error(_ drafting: GenerationRequest.Drafting) -> EngineError? {
            do {
                _ = try DraftingPlan(
                    drafting, temperature: 0, with: Companions(), measured: { _ in }, learnt: { _ in })
            } catch {
                return error as? EngineError
            }
            return nil
        }
        #expect(error(.tandem) == .noCompanion(.tandem))
        #expect(error(.init(.lookupThenTandem)) == .noCompanion(.tandem))
        #expect(error(.init(.independent)) == .noCompanion(.independent))
        #expect(
            error(.init(.lookup, length: .router(threshold: 0.8, maximum: 9))) == .noCompanion(.router))
        #expect(error(.init(.lookup, rule: .judge(threshold: 0.5))) == .noCompanion(.judge))
        #expect(error(.init(.lookup)) == nil && error(.none) == nil)
    }
}
