import TandemMath
import TandemTestSupport
import Testing

@testable import TandemDecoding

struct RoundCompanyTests {
    /// Plays rounds of eight conversations; how many of them had drafts.
    private func play(
        _ pace: inout CompanyPace, rounds: Int, drafted: (tokens: Int, seconds: Double), seed: UInt64 = 1
    ) -> Int {
        var generator = SeededGenerator(seed: seed)
        var count = 0
        for _ in 0..<rounds {
            let rests = pace.rests(conversationCount: 8)
            let noise = 0.9 + 0.2 * Double(generator.nextUnit())
            pace.record(
                conversationCount: 8, tokenCount: rests ? 8 : drafted.tokens,
                seconds: noise * (rests ? 1 : drafted.seconds), hasDrafts: !rests)
            count += rests ? 0 : 1
        }
        return count
    }

    @Test func `drafts that make rounds slower than they make them longer come to rest, and are tried again`() {
        var pace = CompanyPace()
        let wasted = play(&pace, rounds: 2_000, drafted: (tokens: 10, seconds: 1.4))
        #expect(wasted > 0 && wasted < 200, "\(wasted)")
        // The text changes, and they help.
        _ = play(&pace, rounds: 1_000, drafted: (tokens: 12, seconds: 1.2), seed: 2)
        let useful = play(&pace, rounds: 1_000, drafted: (tokens: 12, seconds: 1.2), seed: 3)
        #expect(useful > 930, "\(useful)")
    }

    @Test func `beside others who always draft, who goes by costs is not kept from it`() {
        var pace = CompanyPace()
        let rests = (0..<1_000).filter { _ in
            let rests = pace.rests(conversationCount: 3)
            pace.record(conversationCount: 3, tokenCount: 4, seconds: 1, hasDrafts: true)
            return rests
        }
        #expect(rests.count < 60, "\(rests.count)")
    }

    @Test func `nobody rests alone, and a number that was not met goes by its neighbour`() {
        var pace = CompanyPace()
        pace.record(conversationCount: 1, tokenCount: 1, seconds: 9, hasDrafts: true)
        #expect((0..<200).allSatisfy { _ in !pace.rests(conversationCount: 1) })
        while true {
            let rests = pace.rests(conversationCount: 8)
            pace.record(conversationCount: 8, tokenCount: 8, seconds: rests ? 1 : 3, hasDrafts: !rests)
            if !rests { continue }
            var other = pace
            // A short rest is to see what rounds take without drafts.
            for _ in 0..<3 {
                _ = other.rests(conversationCount: 7)
                other.record(conversationCount: 7, tokenCount: 7, seconds: 1, hasDrafts: false)
            }
            if other.rests(conversationCount: 7) { break }
        }
    }

    @Test func `a row costs what rows cost on the whole, whoever asks for it`() {
        // The ninth row costs as much as three others, as where kernels take rows by eights.
        let costs = CostModel(
            read: CostModel.Curve(counts: [1, 8, 9, 16], seconds: [1, 8, 11, 18]),
            draft: CostModel.Curve(counts: [1, 8], seconds: [1, 4.5]), draftStart: 1)
        func price(_ length: Int, others: Double) -> Double {
            let company = RoundCompany(conversationCount: 8, otherDraftRows: others)
            return costs.readShare(length: length, in: company) - costs.readShare(length: 0, in: company)
        }
        #expect(abs(price(1, others: 7) - 10 / 8) < 1e-9)
        #expect(abs(price(2, others: 6) - 2 * 10 / 8) < 1e-9)
        // Four rows at least say what one costs.
        #expect(abs(price(1, others: 0) - 6 / 4) < 1e-9)
        #expect(abs(costs.readShare(length: 0, in: .alone) - 1) < 1e-9)
        // A step is shared by those who draft.
        let few = RoundCompany(conversationCount: 8, draftingCount: 2)
        #expect(abs(costs.draftShare(length: 2, in: few) - (1 + 2 * 1.5) / 2) < 1e-9)
        #expect(RoundCompany(conversationCount: 0, otherDraftRows: -1, draftingCount: 9).draftingCount == 1)
    }

    @Test func `company is what it was of late`() {
        var meter = CompanyMeter()
        #expect(meter.company(conversationCount: 4).draftingCount == 4)
        for _ in 0..<100 { meter.recordRead(conversationCount: 4, draftRows: 2) }
        let company = meter.company(conversationCount: 5)
        #expect(abs(company.otherDraftRows - 2) < 0.01)
        for _ in 0..<2_000 { meter.recordDrafts(conversationCount: 4, passes: []) }
        #expect(abs(meter.company(conversationCount: 4).draftingCount - 4) < 0.01)
    }

    @Test func `a policy that goes by costs stands down in company, others do not`() {
        var company = RoundCompany(conversationCount: 3)
        company.standsDown = true
        var aware = CostAware(maximum: 4)
        aware.begin(RoundOutlook(company: company, costs: .assumed))
        #expect(!aware.wantsMore(than: Draft(source: .lookup)) && !aware.wantsMore(than: Draft(source: .tandem)))
        // Rest that was ordered is no rest that was earned: it does not bring a trial nearer.
        for _ in 0..<100 { aware.learn(from: Draft(source: .tandem), readCount: 0, acceptedCount: 0) }
        var dear = CostModel.assumed
        dear.draftStart = 100
        aware.begin(RoundOutlook(company: RoundCompany(conversationCount: 3), costs: dear))
        #expect(!aware.wantsMore(than: Draft(source: .tandem)))
        var fixed = FixedLength(2)
        fixed.begin(RoundOutlook(company: company))
        #expect(fixed.wantsMore(than: Draft(source: .tandem)))
    }
}
