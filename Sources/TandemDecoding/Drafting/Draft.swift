public import TandemMath

/// A guess of what comes next.
public struct Draft: Sendable {
    /// The tokens; empty if the drafter has no idea.
    public var tokens: [Int]
    /// Who guessed.
    public var source: DraftSource
    /// How sure the drafter is of each token; empty if it cannot tell or nobody asked.
    public var confidences: [DraftConfidence] = []
    /// What each token was chosen from, if the rule asked for it and there is more than one possibility.
    public var logits: DraftLogits?

    /// A guess.
    public init(tokens: [Int] = [], source: DraftSource = .none) {
        self.tokens = tokens
        self.source = source
    }

    /// Its first `count` tokens.
    public func prefix(_ count: Int) -> Draft {
        var first = self
        first.tokens = Array(tokens.prefix(count))
        first.confidences = Array(confidences.prefix(count))
        return first
    }
}

/// Who guesses. A new drafter has a name of its own.
///
///     extension DraftSource { static let horoscope = DraftSource(rawValue: "horoscope") }
public struct DraftSource: RawRepresentable, Sendable, Hashable, Codable {
    /// For reports.
    public let rawValue: String

    /// A name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Nobody.
    public static let none = DraftSource(rawValue: "none")
    /// ``LookupDrafter``.
    public static let lookup = DraftSource(rawValue: "lookup")
    /// ``TandemDrafter``.
    public static let tandem = DraftSource(rawValue: "tandem")
    /// ``IndependentDrafter``.
    public static let independent = DraftSource(rawValue: "independent")
}

/// How sure a drafter was when it chose a token.
public struct DraftConfidence: Sendable, Hashable {
    /// The probability that the drafter gave the token that it chose, at the temperature in use.
    public var probability: Float
    /// Entropy of the law that it chose from, in nats.
    public var entropy: Float
    /// The likeliest tokens with their probabilities, likeliest first, as many as were asked for.
    public var top: [TokenProbability]
    /// How likely the block-length policy thinks that the large model agrees: ``BlockLengthPolicy/trust(in:)``.
    public var trust: Float

    /// A token with a probability.
    public struct TokenProbability: Sendable, Hashable {
        /// The token.
        public var token: Int
        /// Its probability.
        public var probability: Float

        /// A pair.
        public init(token: Int, probability: Float) {
            self.token = token
            self.probability = probability
        }
    }

    /// A measure of confidence; whoever judges it better than by the probability sets ``trust`` afterwards.
    public init(probability: Float, entropy: Float, top: [TokenProbability] = []) {
        self.probability = probability
        trust = probability
        self.entropy = entropy
        self.top = top
    }
}

/// Rows of a drafter's logits, one for each token of a draft, and which tokens their columns stand for.
public struct DraftLogits: Sendable {
    /// A row for each token, or more.
    public let matrix: Matrix
    /// What the columns stand for.
    public let columns: DraftColumns

    /// Some rows.
    public init(matrix: Matrix, columns: DraftColumns) {
        self.matrix = matrix
        self.columns = columns
    }
}
