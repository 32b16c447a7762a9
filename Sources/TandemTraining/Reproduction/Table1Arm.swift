/// The four models of the paper's first table.
public enum Table1Arm: String, Sendable, Codable, CaseIterable {
    /// The small model alone, cross entropy.
    case small = "small"
    /// The small model alone, distilled.
    case smallDistilled = "small-distil"
    /// With the large model's states, cross entropy.
    case tandem = "tandem-ce"
    /// With the large model's states, distilled.
    case tandemDistilled = "tandem-distil"

    /// Whether it reads the large model's states.
    public var hasMemory: Bool { self == .tandem || self == .tandemDistilled }
    /// Whether it learns the large model's distribution in its second stage.
    public var isDistilled: Bool { self == .smallDistilled || self == .tandemDistilled }

    /// What to call it.
    public var title: String {
        switch self {
        case .small: "small alone, CE"
        case .smallDistilled: "small alone, distilled"
        case .tandem: "Tandem-CE"
        case .tandemDistilled: "Tandem-Distil"
        }
    }

    /// Figures of one model in the table.
    public struct Figures: Sendable, Equatable, Codable {
        /// Share of next tokens that are the most probable.
        public var accuracy: Double
        /// −ln q of the next token.
        public var crossEntropy: Double
        /// Share of positions at which both models have the same most probable token.
        public var agreement: Double
        /// Total variation distance between both distributions.
        public var variation: Double

        /// The figures as given.
        public init(accuracy: Double, crossEntropy: Double, agreement: Double, variation: Double) {
            self.accuracy = accuracy
            self.crossEntropy = crossEntropy
            self.agreement = agreement
            self.variation = variation
        }

        enum CodingKeys: String, CodingKey {
            case accuracy, agreement, variation
            case crossEntropy = "cross_entropy"
        }
    }

    /// What the paper reports: PaLM2-Gecko beside PaLM2-Bison (Tandem Transformers for Inference Efficient LLMs, ICML 2024,
    /// table 1).
    public var paper: Figures {
        switch self {
        case .small: Figures(accuracy: 0.5506, crossEntropy: 2.14, agreement: 0.7464, variation: 0.391)
        case .smallDistilled: Figures(accuracy: 0.5650, crossEntropy: 2.12, agreement: 0.7530, variation: 0.318)
        case .tandem: Figures(accuracy: 0.5835, crossEntropy: 1.94, agreement: 0.8000, variation: 0.178)
        case .tandemDistilled: Figures(accuracy: 0.5861, crossEntropy: 1.99, agreement: 0.8100, variation: 0.141)
        }
    }
}
