extension EvaluationReport {
    /// Writes all members; rounds that could not be replayed are null, so that nobody takes them for few.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(documentCount, forKey: .documentCount)
        try container.encode(greedyDocumentCount, forKey: .greedyDocumentCount)
        try container.encode(tokenCount, forKey: .tokenCount)
        try container.encode(overall, forKey: .overall)
        try container.encode(positions, forKey: .positions)
        if rounds.isEmpty {
            try container.encodeNil(forKey: .rounds)
        } else {
            try container.encode(rounds, forKey: .rounds)
        }
        try container.encode(coverage, forKey: .coverage)
        try container.encode(large, forKey: .large)
    }

    /// Reads what ``encode(to:)`` wrote.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            documentCount: try container.decode(Int.self, forKey: .documentCount),
            greedyDocumentCount: try container.decode(Int.self, forKey: .greedyDocumentCount),
            tokenCount: try container.decode(Int.self, forKey: .tokenCount),
            overall: try container.decode(Prediction.self, forKey: .overall),
            positions: try container.decode([Prediction].self, forKey: .positions),
            rounds: try container.decodeIfPresent([Rounds].self, forKey: .rounds) ?? [],
            coverage: try container.decode(Coverage.self, forKey: .coverage),
            large: try container.decode(Reference.self, forKey: .large))
    }
}
