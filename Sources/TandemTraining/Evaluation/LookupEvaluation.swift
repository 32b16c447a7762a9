import TandemDecoding

/// Counts over documents how often prompt look-up guesses right, by the length of its match: `LookupCount` with errors.
///
///     var evaluation = LookupEvaluation()
///     for range in data.documents() {
///         let document = EvaluationDocument(tokens: try data.tokens(range), marks: data.marks(range))
///         evaluation.add(document, as: try data.kind(ofAnswersIn: range))
///     }
///     evaluation.report.answers[0].lengths[0].stood     // after two tokens
public struct LookupEvaluation: Sendable {
    private var sums: [AnswerKind: Sums] = [:]

    /// Nothing counted yet.
    public init() {}

    /// Reads a document; what is marked in it counts. Drawn answers are taken to be drawn at temperature 1.
    public mutating func add(_ document: EvaluationDocument, as kind: AnswerKind) {
        let count = LookupCount(
            of: document.tokens, marks: document.marks, temperature: kind == .drawn ? 1 : 0)
        if count.tokenCount > 0 { sums[kind, default: Sums()].add(count) }
    }

    /// What was counted so far.
    public var report: LookupReport {
        LookupReport(answers: AnswerKind.allCases.compactMap { kind in sums[kind]?.answers(kind) })
    }

    /// Over documents of one kind.
    private struct Sums {
        var documentCount = 0
        var tokenCount = 0
        /// By the length of the match; the last is over all.
        var lines: [LineSums] = []

        mutating func add(_ count: LookupCount) {
            documentCount += 1
            tokenCount += count.tokenCount
            let groups = count.groups + [count.overall]
            if lines.isEmpty { lines = groups.map { LineSums(shortest: $0.shortest, longest: $0.longest) } }
            for (index, group) in groups.enumerated() { lines[index].add(group, tokenCount: count.tokenCount) }
        }

        func answers(_ kind: AnswerKind) -> LookupReport.Answers? {
            guard let overall = lines.last else { return nil }
            return LookupReport.Answers(
                kind: kind, documentCount: documentCount, tokenCount: tokenCount,
                lengths: lines.dropLast().map(\.line), overall: overall.line)
        }
    }

    /// Over matches of like lengths.
    private struct LineSums {
        var shortest: Int
        var longest: Int?
        var share = ClusteredMean()
        var stood = ClusteredMean()
        var expectedCount = 0.0

        mutating func add(_ group: LookupCount.Group, tokenCount: Int) {
            share.add(sum: Double(group.guessCount), count: tokenCount)
            stood.add(sum: Double(group.stoodCount), count: group.guessCount)
            expectedCount += group.expectedCount
        }

        var line: LookupReport.Line {
            let guessCount = stood.count
            return LookupReport.Line(
                shortest: shortest, longest: longest, guessCount: guessCount,
                share: share.estimate ?? Estimate(value: 0, error: nil), stood: stood.estimate,
                expected: guessCount > 0 ? expectedCount / Double(guessCount) : nil)
        }
    }
}
