public import TandemDecoding
public import TandemModels

/// A router made from observations, and what it and the tables of acceptance are worth on questions that it did not see.
public struct RouterCalibration: Sendable {
    /// What was found on held-out questions.
    public struct Report: Sendable, Equatable, Codable {
        /// How guesses at one place in a block fared.
        public struct Place: Sendable, Equatable, Codable {
            /// Guesses that were judged: all before them stood.
            public var judged: Int
            /// Share of them that stood.
            public var acceptance: Double
        }

        /// Guesses that were learnt from.
        public var learnt: Int
        /// Guesses that were held out.
        public var heldOut: Int
        /// What the router says of these.
        public var router: ConfidenceScore
        /// What the small model's own probability says of them.
        public var drafter: ConfidenceScore
        /// What the mean says of them, whatever the guess.
        public var mean: ConfidenceScore
        /// By place in a block.
        public var places: [Place]

        enum CodingKeys: String, CodingKey {
            case learnt, router, drafter, mean, places
            case heldOut = "held_out"
        }
    }

    /// The router.
    public let network: RouterNetwork
    /// What it is worth.
    public let report: Report
    /// How often held-out guesses stood, by place and the small model's own probability.
    public let acceptance: MeasuredAcceptance
    /// The same by what the router says.
    public let routerAcceptance: MeasuredAcceptance

    /// Learns from some questions and measures on the others.
    ///
    /// - Parameters:
    ///   - observations: What was observed of each question.
    ///   - heldOutShare: The share of questions that is not learnt from: evenly spread ones.
    ///   - training: How the network is trained.
    ///   - topCount: How many of the likeliest tokens it looks at.
    ///   - small: The small model, in the form in which it drafts.
    ///   - progress: Told after every step how many observations were learnt from; what it throws ends the training.
    /// - Throws: ``TrainingError`` if there is too little to learn from.
    public init(
        _ observations: [[DraftObservation]], heldOutShare: Double, training: RouterTraining, topCount: Int,
        small: SmallModel, progress: (Int) throws -> Void = { _ in }
    ) throws {
        let questions = observations.filter { !$0.isEmpty }
        let heldOutCount = max(1, Int((heldOutShare * Double(questions.count)).rounded()))
        guard questions.count > heldOutCount else {
            throw TrainingError(
                "Of \(questions.count) answers in which something was drafted, \(heldOutCount) would be held out and none is "
                    + "left to learn from. Give more prompts.")
        }
        var learnt: [DraftObservation] = []
        var heldOut: [DraftObservation] = []
        for (index, question) in questions.enumerated() {
            let isHeldOut = EvenSpread.contains(index, chosen: heldOutCount, of: questions.count)
            if isHeldOut { heldOut += question } else { learnt += question }
        }
        let network = try training.train(
            on: learnt, topCount: topCount, embeddingWidth: small.embeddingWidth,
            embedding: { small.embedding(of: $0) }, progress: progress)
        self.network = network
        acceptance = MeasuredAcceptance(heldOut)
        routerAcceptance = MeasuredAcceptance(heldOut) { network.agreement($0) }
        let mean = learnt.reduce(0) { $0 + Double($1.agreement) } / Double(learnt.count)
        let longest = (heldOut.map(\.place).max() ?? 0) + 1
        report = Report(
            learnt: learnt.count, heldOut: heldOut.count,
            router: ConfidenceScore(heldOut) { network.agreement($0) },
            drafter: ConfidenceScore(heldOut, by: \.probability),
            mean: ConfidenceScore(heldOut) { _ in Float(mean) },
            places: (0..<longest).map { place in
                let here = heldOut.filter { $0.place == place }
                return Report.Place(
                    judged: here.count, acceptance: Double(here.count(where: \.stood)) / Double(max(1, here.count)))
            })
    }
}
