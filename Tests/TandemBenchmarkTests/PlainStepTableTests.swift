import Foundation
import TandemMath
import TandemModels
import TandemTestSupport
import Testing

@testable import TandemBenchmark

struct PlainStepTableTests {
    @Test func `time lies on a line through the measurements`() throws {
        let table = PlainStepTable([.init(depth: 100, seconds: 0.004), .init(depth: 0, seconds: 0.002)])
        #expect(table.entries.map(\.depth) == [0, 100])
        let expected = (0..<50).reduce(0) { $0 + 0.002 + 0.00002 * Double(200 + $1) }
        let seconds = try #require(table.seconds(count: 50, after: 200))
        // Fifty additions of numbers near a hundredth.
        #expect(abs(seconds - expected) < 1e-12)
        #expect(table.seconds(count: 0, after: 10) == 0)
    }

    @Test func `noise makes no token cheaper`() {
        let table = PlainStepTable([.init(depth: 0, seconds: 0.003), .init(depth: 100, seconds: 0.002)])
        #expect(table.seconds(count: 1, after: 1_000_000) == 0.003)
    }

    @Test func `entries that cannot be are left out`() throws {
        let table = PlainStepTable([
            .init(depth: -1, seconds: 1), .init(depth: 1, seconds: 0), .init(depth: 2, seconds: .nan),
            .init(depth: 3, seconds: 1), .init(depth: 3, seconds: 2),
        ])
        #expect(table.entries == [.init(depth: 3, seconds: 1)])
        #expect(table.seconds(count: 2, after: 0) == 2)
        #expect(PlainStepTable([]).seconds(count: 2, after: 0) == nil)
        let data = try JSONEncoder().encode(table)
        #expect(try JSONDecoder().decode(PlainStepTable.self, from: data) == table)
    }

    @Test func `a model is measured at two depths`() throws {
        let shape = try TransformerConfiguration(
            architecture: .llama, vocabularyCount: 50, width: 64, layerCount: 1, headCount: 4, keyValueHeadCount: 2,
            feedForwardWidth: 96, contextLength: 40)
        let pool = ComputePool(threadCount: 1)
        let table = try PlainStepTable.measure(
            LargeModel(RandomModel(shape), pool: pool), contextLength: 40, pool: pool)
        #expect(table.entries.count == 2)
    }
}
