import TandemMath
import TandemModels

/// What drafting would bring with the weights as they are, on a few held-out answers: little text, read in a second or two,
/// for a curve beside the losses.
///
/// The same answers are read every time, each up to the same place, so that the curve shows the weights alone.
final class HeldOutDrafts {
    /// Marked tokens of one document that are read at most: many answers say more than long ones.
    private static let answerLength = 48
    private static let blockLength = 8

    private let model: SmallModel
    private let large: LargeModel
    private let documents: [EvaluationDocument]
    private let pool: ComputePool

    /// Chooses documents of `data`, evenly spread, until about `tokenCount` tokens are to be predicted.
    ///
    /// - Throws: ``TrainingError`` if nothing is marked.
    init(
        of model: SmallModel, beside large: LargeModel, on data: TrainingData, documents: Range<Int>?, longest: Int,
        tokenCount: Int, pool: ComputePool
    ) throws {
        self.model = model
        self.large = large
        self.pool = pool
        let count = max(1, (tokenCount + Self.answerLength - 1) / Self.answerLength)
        let chosen = try EvaluationDocument.documents(of: data, documents: documents, count: count, longest: longest)
        self.documents = chosen.map { $0.prefix(markedCount: Self.answerLength) }
    }

    func measure() throws -> EvaluationReport {
        let evaluation = try DraftEvaluation(
            of: [model], beside: large, settings: .init(blockLength: Self.blockLength, samples: false), pool: pool)
        for document in documents { try evaluation.add(document) }
        return evaluation.reports[0]
    }
}

extension EvaluationDocument {
    /// The beginning, with at most so many marked tokens.
    fileprivate func prefix(markedCount: Int) -> EvaluationDocument {
        var (count, end) = (0, 0)
        while end < tokens.count, count < markedCount {
            if marks[end] { count += 1 }
            end += 1
        }
        return EvaluationDocument(tokens: Array(tokens[..<end]), marks: Array(marks[..<end]))
    }
}

extension EvaluationReport {
    /// Numbers for a run's curves: `heldout_place_1` and so on, how often the large model's token is drafted at a place of a
    /// block; `heldout_tokens_per_round_1` and so on, what a round brings with blocks of a length.
    var curveValues: [String: Double] {
        var values: [String: Double] = [:]
        for (place, prediction) in positions.enumerated() {
            values["heldout_place_\(place + 1)"] = prediction.agreement.value
        }
        for rounds in rounds where rounds.count > 0 {
            values["heldout_tokens_per_round_\(rounds.blockLength)"] = rounds.tokensPerRound.value
        }
        return values
    }
}
