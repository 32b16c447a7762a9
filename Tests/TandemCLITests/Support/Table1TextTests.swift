import Testing

@testable import TandemCLI

struct Table1TextTests {
    @Test func `the aims are what the paper's own figures come to`() {
        // 58.35 % less 55.06 %, and 0.141 of 0.318.
        #expect(abs(Table1Text.paperGain.accuracy - 0.0329) < 1e-9)
        #expect(abs(Table1Text.paperGain.variationRatio - 0.4434) < 1e-4)
    }
}
