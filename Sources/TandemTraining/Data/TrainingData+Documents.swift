/// How an answer came about.
public enum AnswerKind: String, Sendable, Hashable, Codable, CaseIterable {
    /// Every marked token is the large model's most probable one.
    case greedy
    /// Some are not: it was drawn, or found.
    case drawn
    /// The large model's likeliest tokens were not stored, so nobody knows.
    case unknown
}

extension TrainingData {
    /// Where documents lie, evenly spread.
    ///
    /// - Parameters:
    ///   - documents: Among which; nil for all.
    ///   - count: How many at most; nil for all of them.
    public func documents(_ documents: Range<Int>? = nil, atMost count: Int? = nil) -> [Range<Int>] {
        let all = documents ?? 0..<documentCount
        let taken = min(all.count, count ?? all.count)
        return (0..<taken).map { document(all.lowerBound + $0 * all.count / taken) }
    }

    /// Of what kind the answers in a document are, by the likeliest tokens that are stored beside it.
    ///
    /// - Throws: ``TrainingError`` if a file holds tokens or probabilities that cannot be.
    public func kind(ofAnswersIn document: Range<Int>) throws -> AnswerKind {
        guard let top = try topTokens(document.dropLast()) else { return .unknown }
        let said = try tokens(document)
        let isMarked = marks(document)
        let isGreedy = said.indices.dropFirst().allSatisfy { index in
            !isMarked[index] || Int(top.tokens[(index - 1) * top.count]) == said[index]
        }
        return isGreedy ? .greedy : .drawn
    }
}
