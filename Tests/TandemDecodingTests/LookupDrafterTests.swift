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
}
