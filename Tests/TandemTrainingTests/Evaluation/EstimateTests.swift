import TandemMath
import TandemText
import TandemTraining
import Testing

@Test func `a mean over documents has the error of documents`() throws {
    var mean = ClusteredMean()
    #expect(mean.estimate == nil)
    mean.add(sum: 0, count: 0)
    mean.add(sum: 3, count: 4)
    #expect(mean.estimate == Estimate(value: 0.75, error: nil))
    mean.add(sum: 1, count: 4)
    // m = ½; residuals ±1; variance 2 · 2 / 64.
    #expect(mean.estimate == Estimate(value: 0.5, error: 0.25))
    #expect(mean.count == 8)
}

@Test func `with documents of one case the error is the usual one`() throws {
    var generator = SeededGenerator(seed: 8)
    let numbers = (0..<200).map { _ in generator.nextNormal() }
    var mean = ClusteredMean()
    for number in numbers { mean.add(sum: number, count: 1) }
    let average = numbers.reduce(0, +) / 200
    let variance = numbers.reduce(0) { $0 + ($1 - average) * ($1 - average) } / 199
    let estimate = try #require(mean.estimate)
    #expect(abs(estimate.value - average) < 1e-12)
    #expect(abs(try #require(estimate.error) - (variance / 200).squareRoot()) < 1e-12)
}

@Test func `windows of a text predict all but what begins them`() throws {
    let tokenizer = ByteTokenizer()
    let documents = try EvaluationDocument.windows(of: "abcdefg", tokenizer: tokenizer, window: 3)
    #expect(documents.map(\.tokens.count) == [3, 3])
    #expect(documents.map(\.marks) == [[false, true, true], [false, true, true]])
    #expect(try EvaluationDocument.windows(of: "abcdefg", tokenizer: tokenizer, window: 3, tokenCount: 3).count == 1)
    #expect(throws: TrainingError.self) {
        try EvaluationDocument.windows(of: "a", tokenizer: tokenizer, window: 3)
    }
}
