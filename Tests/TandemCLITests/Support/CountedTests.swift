import Testing

@testable import TandemCLI

@Suite("Numbers with nouns") struct CountedTests {
    @Test("One takes the singular") func one() {
        #expect(1.counted("layer") == "1 layer")
        #expect(0.counted("layer") == "0 layers")
        #expect(30.counted("layer") == "30 layers")
    }
}
