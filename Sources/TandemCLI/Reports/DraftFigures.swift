import TandemCheckpoint
import TandemTraining

/// What drafting with a small model brings, in a few figures with standard errors over documents: for cards and summaries.
struct DraftFigures: Encodable, Equatable {
    var documents: Int
    /// Those that the large model gives greedily: what ``tokensPerRound`` rests on.
    var greedyDocuments: Int
    var tokens: Int
    /// Places of a block that the shares are means over.
    var places: Int
    var accuracy: Estimate
    var agreement: Estimate
    var variation: Estimate
    /// With five tokens drafted in each; nil if no document was greedy.
    var tokensPerRound: Estimate?

    enum CodingKeys: String, CodingKey {
        case documents, tokens, places, accuracy, agreement, variation
        case greedyDocuments = "greedy_documents"
        case tokensPerRound = "tokens_per_round"
    }

    /// Those of an evaluation.
    init(_ report: EvaluationReport) {
        documents = report.documentCount
        greedyDocuments = report.greedyDocumentCount
        tokens = report.tokenCount
        places = report.positions.count
        accuracy = report.overall.accuracy
        agreement = report.overall.agreement
        variation = report.overall.variation
        tokensPerRound = report.rounds.first { $0.blockLength == 5 }?.tokensPerRound
    }

    /// What the last line of a run's metrics says of its end; nil if that was not measured.
    init?(_ values: [String: Double]) {
        func estimate(_ name: String) -> Estimate? {
            values["final_\(name)"].map { Estimate(value: $0, error: values["final_\(name)_error"]) }
        }
        guard let documents = values["final_documents"], let accuracy = estimate("accuracy"),
            let agreement = estimate("agreement"), let variation = estimate("variation")
        else { return nil }
        self.documents = Int(documents)
        greedyDocuments = Int(values["final_greedy_documents"] ?? 0)
        tokens = Int(values["final_tokens"] ?? 0)
        places = Int(values["final_places"] ?? 0)
        self.accuracy = accuracy
        self.agreement = agreement
        self.variation = variation
        tokensPerRound = estimate("tokens_per_round_5")
    }

    /// For a model's card.
    ///
    /// - Parameter noun: what a document is called.
    func figures(on noun: String) -> [BundleContents.Figure] {
        var figures: [BundleContents.Figure] = [
            .init("measured on", "\(tokens) tokens of \(documents.counted(noun)), in blocks of \(places)"),
            .init("next token right", EvaluationText.share(accuracy)),
            .init("same token as the large model", EvaluationText.share(agreement)),
            .init("total variation distance to its whole law", EvaluationText.number(variation, decimals: 3)),
        ]
        if let tokensPerRound {
            figures.append(
                .init(
                    "tokens per round of five drafted, in \(greedyDocuments.counted("document")) that it gives greedily",
                    EvaluationText.number(tokensPerRound, decimals: 2)))
        }
        return figures
    }
}
