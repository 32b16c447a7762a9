import TandemMath
import TandemModels
import Testing

struct BlockScheduleTests {
    @Test func `fixed blocks begin at multiples, or after an offset`() {
        #expect((0..<9).map { BlockSchedule.fixed(length: 4).start(of: $0) } == [0, 0, 0, 0, 4, 4, 4, 4, 8])
        #expect((0..<7).map { BlockSchedule.fixed(length: 3, offset: 2).start(of: $0) } == [0, 0, 2, 2, 2, 5, 5])
        #expect((0..<5).map { BlockSchedule.whole.start(of: $0) } == [0, 0, 0, 0, 0])
    }

    @Test func `drawn blocks have lengths of the range, and the same seed draws the same`() {
        var generator = SeededGenerator(seed: 1)
        let schedule = BlockSchedule.drawn(lengths: 2...5, count: 400, using: &generator)
        var same = SeededGenerator(seed: 1)
        #expect(schedule == BlockSchedule.drawn(lengths: 2...5, count: 400, using: &same))
        let starts = Array(Set((0..<400).map { schedule.start(of: $0) })).sorted()
        let lengths = zip(starts, starts.dropFirst()).map { $1 - $0 }
        #expect(lengths.dropFirst().allSatisfy { (2...5).contains($0) })
        #expect((1...5).contains(lengths[0]))
        #expect(Set(lengths) == [2, 3, 4, 5] || Set(lengths) == [1, 2, 3, 4, 5])
        #expect(
            (0..<399).allSatisfy {
                schedule.start(of: $0) <= $0 && schedule.start(of: $0) <= schedule.start(of: $0 + 1)
            })
        #expect(schedule.start(of: 1_000) == starts.last)
    }

    @Test func `a position knows how many of its block come before it`() {
        #expect((0..<7).map { BlockSchedule.fixed(length: 3, offset: 2).index(of: $0) } == [0, 1, 0, 1, 2, 0, 1])
        #expect(BlockSchedule.whole.index(of: 6) == 6)
    }

    @Test func `impossible policies are refused with a sentence`() {
        #expect(throws: ConfigurationError.self) { try BlockPolicy.fixed(length: 0).validate() }
        #expect(throws: ConfigurationError.self) { try BlockPolicy.drawn(minimum: 3, maximum: 2).validate() }
    }
}

struct DraftVocabularyTests {
    @Test func `rows and tokens are each other's inverse`() throws {
        let vocabulary = try DraftVocabulary(tokens: [5, 2, 9], vocabularyCount: 10)
        #expect((0..<3).map { vocabulary.row(of: vocabulary.token(at: $0)) } == [0, 1, 2])
        #expect(vocabulary.row(of: 3) == nil)
        #expect(vocabulary.allTokens == [5, 2, 9])
        let whole = DraftVocabulary(whole: 4)
        #expect(whole.count == 4 && whole.row(of: 3) == 3 && whole.allTokens == [0, 1, 2, 3])
    }

    @Test func `the most frequent tokens come first, lower ones first among equals`() throws {
        let vocabulary = try DraftVocabulary(mostFrequent: 4, counts: [0, 7, 3, 7, 0])
        #expect(vocabulary.allTokens == [1, 3, 2, 0])
    }

    @Test func `impossible vocabularies are refused with a sentence`() {
        #expect(throws: ConfigurationError.self) { try DraftVocabulary(tokens: [], vocabularyCount: 3) }
        #expect(throws: ConfigurationError.self) { try DraftVocabulary(tokens: [3], vocabularyCount: 3) }
        #expect(throws: ConfigurationError.self) { try DraftVocabulary(tokens: [1, 1], vocabularyCount: 3) }
        #expect(throws: ConfigurationError.self) { try DraftVocabulary(mostFrequent: 4, counts: [1, 2]) }
    }
}
