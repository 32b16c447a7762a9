import TandemMath
import TandemModels

/// What drafting would bring with the weights as they are, on held-out answers: a few of them, read in a second or two, for a
/// curve beside the losses; or many, for what is said of the model in the end.
///
/// The same answers are read every time, each up to the same place, so that a curve shows the weights alone.
final class HeldOutDrafts {
    private static let blockLength = 8

    private let model: SmallModel
    private let large: LargeModel
    private let documents: [EvaluationDocument]
    private let pool: ComputePool

    /// Chooses documents of `data`, evenly spread.
    ///
    /// - Parameters:
    ///   - count: How many, at most.
    ///   - longest: Tokens of a document that are read, at most.
    ///   - answerLength: Marked tokens of a document that are read, at most; nil for all.
    /// - Throws: ``TrainingError`` if nothing is marked.
    init(
        of model: SmallModel, beside large: LargeModel, on data: TrainingData, documents: Range<Int>?, count: Int,
        longest: Int, answerLength: Int? = nil, pool: ComputePool
    ) throws {
        self.model = model
        self.large = large
        self.pool = pool
        let chosen = try EvaluationDocument.documents(of: data, documents: documents, count: count, longest: longest)
        self.documents = answerLength.map { length in chosen.map { $0.prefix(markedCount: length) } } ?? chosen
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
    /// block; `heldout_tokens_per_round_1` and so on, what a round brings with blocks of a length, if some answers were greedy;
    /// `heldout_draft_tokens`, how many tokens these rest on.
    var curveValues: [String: Double] {
        var values = ["heldout_draft_tokens": Double(tokenCount)]
        for (place, prediction) in positions.enumerated() {
            values["heldout_place_\(place + 1)"] = prediction.agreement.value
        }
        for rounds in rounds {
            values["heldout_tokens_per_round_\(rounds.blockLength)"] = rounds.tokensPerRound.value
        }
        return values
    }

    /// Numbers for the end of a run: `final_accuracy` and so on, each with its standard error under `final_accuracy_error`;
    /// and how many documents they rest on.
    var finalValues: [String: Double] {
        var values = [
            "final_documents": Double(documentCount), "final_greedy_documents": Double(greedyDocumentCount),
            "final_tokens": Double(tokenCount), "final_places": Double(positions.count),
        ]
        func add(_ name: String, _ estimate: Estimate) {
            values["final_\(name)"] = estimate.value
            values["final_\(name)_error"] = estimate.error
        }
        add("accuracy", overall.accuracy)
        add("agreement", overall.agreement)
        add("variation", overall.variation)
        for rounds in rounds { add("tokens_per_round_\(rounds.blockLength)", rounds.tokensPerRound) }
        return values
    }
}
