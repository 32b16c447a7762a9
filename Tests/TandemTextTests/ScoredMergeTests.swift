import Testing

@testable import TandemText

/// Merges that are derived from scores.
struct ScoredMergeTests {
    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `merges are those that looking up both halves of every cut finds`(seed: UInt64) throws {
        var chance = ChanceForTemplates(state: seed)
        var builder = VocabularyBuilder(count: 0)
        var texts: Set<String> = []
        var scores: [Float] = []
        for _ in 0..<120 {
            let length = Int.random(in: 1...6, using: &chance)
            let text = (0..<length).map { _ in ["a", "b", "é", "▁", " "].randomElement(using: &chance) ?? "a" }.joined()
            let kind = [TokenKind.normal, .normal, .normal, .userDefined, .control].randomElement(using: &chance)
            // Normal tokens differ from each other; others may have their texts.
            let isNew = kind != .normal || texts.insert(text).inserted
            builder.append(sentencePiece: text.utf8, kind: isNew ? kind ?? .normal : .control)
            scores.append(Float(Int.random(in: -9...0, using: &chance)))
        }
        let vocabulary = try builder.finish(hasByteTokens: true)
        #expect(vocabulary.deriveMerges(scores: scores) == expectedMerges(vocabulary, scores))
    }

    private func expectedMerges(_ vocabulary: IndexedVocabulary, _ scores: [Float]) -> [TokenizerDefinition.Merge] {
        let (tokens, bytes) = (vocabulary.tokens, vocabulary.tokens.bytes)
        let order = (0..<tokens.count).sorted { scores[$0] == scores[$1] ? $0 < $1 : scores[$0] > scores[$1] }
        var merges: [TokenizerDefinition.Merge] = []
        var rank: UInt32 = 0
        var previous: Float?
        for token in order where [.normal, .userDefined].contains(vocabulary.kinds[token]) {
            if let previous, previous != scores[token] { rank += 1 }
            previous = scores[token]
            let range = tokens.range(token)
            for middle in range.dropFirst() where bytes[middle] & 0xC0 != 0x80 {
                guard let left = vocabulary.index.find(bytes, range.lowerBound..<middle, in: tokens),
                    let right = vocabulary.index.find(bytes, middle..<range.upperBound, in: tokens)
                else { continue }
                merges.append(.init(left: Int32(left), right: Int32(right), result: Int32(token), rank: rank))
            }
        }
        return merges
    }
}
