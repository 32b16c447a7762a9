import Testing

@testable import TandemDecoding

struct RoundCompanyTests {
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
}
