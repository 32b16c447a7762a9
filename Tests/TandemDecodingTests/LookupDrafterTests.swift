import TandemDecoding
import Testing

struct LookupDrafterTests {
    private func draft(_ tokens: [Int], _ count: Int, matches: ClosedRange<Int> = 2...5) throws -> [Int] {
        var drafter = LookupDrafter(matchLengths: matches)
        drafter.confirm(tokens)
        return try drafter.guess(atMost: count, while: FixedLength(100))
    }

    @Test func `what followed before is guessed again`() throws {
        #expect(try draft([1, 2, 3, 4, 5, 9, 1, 2, 3], 3) == [4, 5, 9])
    }

    @Test func `the longest match wins, then the latest`() throws {
        #expect(try draft([1, 2, 3, 7, 9, 2, 3, 8, 0, 1, 2, 3], 1) == [7])
        #expect(try draft([2, 3, 7, 9, 2, 3, 8, 0, 2, 3], 1) == [8])
    }

    @Test func `a repetition is guessed past its end`() throws {
        #expect(try draft([1, 2, 1, 2, 1, 2], 5) == [1, 2, 1, 2, 1])
        #expect(try draft([4, 4, 4], 3) == [4, 4, 4])
    }

    @Test func `without a match there is no guess`() throws {
        #expect(try draft([1, 2, 3, 4], 3) == [])
        #expect(try draft([1, 2, 3, 1], 3) == [])
        #expect(try draft([1, 2, 3, 1], 3, matches: 1...1) == [2, 3, 1])
        #expect(try draft([], 3) == [])
    }

    @Test func `limit and policy hold`() throws {
        var drafter = LookupDrafter()
        drafter.confirm([1, 2, 3, 4, 5, 1, 2])
        #expect(try drafter.guess(atMost: 2, while: FixedLength(9)) == [3, 4])
        #expect(try drafter.guess(atMost: 9, while: FixedLength(1)) == [3])
        #expect(try drafter.guess(atMost: 9, while: FixedLength(0)) == [])
    }

    @Test func `tokens that come one by one are noted like those that come at once`() throws {
        let tokens = (0..<200).map { ($0 * $0 * 7 + $0 / 3) % 5 }
        var single = LookupDrafter()
        for end in tokens.indices {
            single.confirm([tokens[end]])
            var whole = LookupDrafter()
            whole.confirm(Array(tokens[...end]))
            #expect(
                try single.guess(atMost: 4, while: FixedLength(4)) == whole.guess(atMost: 4, while: FixedLength(4)))
        }
    }

    /// What a look-up in `tokens` makes of a policy that goes by how sure it is.
    private func draft(
        _ tokens: [Int], _ policy: any BlockLengthPolicy, _ sampler: Sampler? = nil
    ) throws -> Draft {
        var drafter = LookupDrafter()
        drafter.confirm(tokens)
        let greedy = try Sampler(.greedy, seed: 1, vocabularyCount: 1_000)
        let request = DraftRequest(limit: 8, policy: policy, sampler: sampler ?? greedy)
        guard case .draft(let draft) = drafter.draft(request) else { return Draft() }
        return draft
    }

    @Test func `the longer the match, the surer the guess, and the surer those that follow it`() throws {
        func text(match length: Int) -> [Int] {
            let repeated = Array(100..<100 + length)
            return [1] + repeated + [7, 8, 9, 10, 2] + repeated
        }
        var first: Float = 0
        for length in 2...40 {
            let trust = try draft(text(match: length), CostAware()).confidences.map(\.trust)
            #expect(trust.count == 8 && zip(trust, trust.dropFirst()).allSatisfy { $0 <= $1 })
            #expect(trust[0] > first || length > 32)
            first = trust[0]
        }
        let drawn = try Sampler(Sampling(temperature: 1), seed: 1, vocabularyCount: 1_000)
        let half = try Sampler(Sampling(temperature: 0.5), seed: 1, vocabularyCount: 1_000)
        let trusts = try [nil, half, drawn].map { sampler in
            try draft(text(match: 4), CostAware(), sampler).confidences[0].trust
        }
        #expect(trusts[0] > trusts[1] && trusts[1] > trusts[2], "\(trusts)")
        #expect(try draft(text(match: 5), FixedLength(3)).confidences.isEmpty)
    }

    /// Each row costs half a pass: what stands little more than every other time is not worth it, what stands nine times of
    /// ten is.
    private func dear() -> CostAware {
        CostAware(
            costs: CostModel(
                read: CostModel.Curve(counts: [1, 2, 3], seconds: [1, 1.6, 2.2]),
                draft: CostModel.Curve(counts: [1], seconds: [0.01])))
    }

    @Test func `a short match that is not worth reading is no guess, a long one is`() throws {
        #expect(try draft([1, 2, 7, 8, 1, 2], dear()).tokens == [])
        let long = Array(20..<40)
        let found = try draft(long + [7, 8, 9, 0] + long, dear())
        #expect(found.tokens.count == 8 && dear().readCount(of: found) >= 2)
    }

    @Test func `where a match is not worth reading the next of a chain is asked`() throws {
        func guess(_ tokens: [Int]) throws -> [Int] {
            var chain = ChainDrafter(LookupDrafter(), StubbornDrafter(tokens: [5, 5]))
            try chain.confirm(tokens)
            return try chain.guess(atMost: 2, while: dear())
        }
        let long = Array(20..<40)
        #expect(try guess([1, 2, 7, 8, 1, 2]) == [5, 5])
        #expect(try guess(long + [7, 8] + long) == [7, 8])
    }
}

/// Has one idea, whatever anybody thinks of it.
private struct StubbornDrafter: Drafter {
    var tokens: [Int]

    mutating func confirm(_ tokens: [Int]) {}

    mutating func draft(_ request: DraftRequest) -> Proposal { .draft(Draft(tokens: tokens, source: .scripted)) }
}
