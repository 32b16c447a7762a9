import TandemDecoding
import Testing

struct LookupCountTests {
    /// Thirteen tokens and what follows them, in a prompt; the thirteen again with `last` behind them, in an answer.
    private func count(last: Int) -> LookupCount {
        let repeated = Array(10..<23)
        let (prompt, answer) = (repeated + [7, 1], repeated + [last])
        return LookupCount(
            of: prompt + answer, marks: prompt.map { _ in false } + answer.map { _ in true })
    }

    @Test func `guesses are counted by the length of their match`() {
        let count = count(last: 7)
        #expect(count.tokenCount == 14)
        #expect(count.groups.map(\.shortest) == [2, 3, 4, 5, 9, 13])
        #expect(count.groups.map(\.longest) == [2, 3, 4, 8, 12, nil])
        // Two tokens must have been repeated before there is a match; then it grows by one each time.
        #expect(count.groups.map(\.guessCount) == [1, 1, 1, 4, 4, 1])
        #expect(count.groups.map(\.stoodCount) == [1, 1, 1, 4, 4, 1])
        #expect(count.overall.guessCount == 12 && count.overall.stoodCount == 12)
    }

    @Test func `a guess that falls is counted as one`() {
        let count = count(last: 8)
        #expect(count.groups.map(\.guessCount) == [1, 1, 1, 4, 4, 1])
        #expect(count.groups.map(\.stoodCount) == [1, 1, 1, 4, 4, 0])
        #expect(count.overall.guessCount == 12 && count.overall.stoodCount == 11)
    }

    @Test func `what is expected is what the drafter says of greedy answers`() throws {
        let count = count(last: 7)
        var expected = 0.0
        for length in 2...13 {
            var drafter = LookupDrafter()
            let repeated = Array(10..<10 + length)
            drafter.confirm(repeated + [7, 1] + repeated)
            let sampler = try Sampler(.greedy, seed: 1, vocabularyCount: 1_000)
            let proposal = drafter.draft(DraftRequest(limit: 8, policy: CostAware(), sampler: sampler))
            guard case .draft(let draft) = proposal else {
                Issue.record("A look-up asks no model.")
                return
            }
            expected += Double(try #require(draft.confidences.first).probability)
        }
        // The same numbers, added in the same order.
        #expect(count.overall.expectedCount == expected)
    }

    @Test func `only marked tokens count, and of equal matches the latest`() {
        let tokens = [2, 3, 7, 9, 2, 3, 8, 0, 2, 3, 8]
        let count = LookupCount(of: tokens, marks: tokens.indices.map { $0 == 10 })
        #expect(count.tokenCount == 1 && count.overall.guessCount == 1 && count.overall.stoodCount == 1)
        #expect(LookupCount(of: tokens, marks: tokens.map { _ in false }).tokenCount == 0)
        #expect(LookupCount(of: [], marks: []).tokenCount == 0)
    }

    @Test func `the count's guesses are the drafter's`() throws {
        let tokens = (0..<300).map { ($0 * $0 * 7 + $0 / 3) % 5 }
        var drafter = LookupDrafter()
        var (guessCount, stoodCount) = (0, 0)
        for token in tokens {
            if let guess = try drafter.guess(atMost: 1, while: FixedLength(1)).first {
                guessCount += 1
                if guess == token { stoodCount += 1 }
            }
            drafter.confirm([token])
        }
        let count = LookupCount(of: tokens, marks: tokens.map { _ in true })
        #expect(count.tokenCount == 299)
        #expect(count.overall.guessCount == guessCount && count.overall.stoodCount == stoodCount)
        #expect(count.groups.reduce(0) { $0 + $1.guessCount } == guessCount && stoodCount > 0)
    }
}
