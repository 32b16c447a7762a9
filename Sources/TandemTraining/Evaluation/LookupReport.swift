/// How often prompt look-up guessed right in answers.
public struct LookupReport: Sendable, Equatable, Codable {
    /// Guesses after matches of like lengths.
    public struct Line: Sendable, Equatable, Codable {
        /// The shortest of these matches, in tokens.
        public var shortest: Int
        /// The longest of them; nil if there is no bound.
        public var longest: Int?
        /// Guesses.
        public var guessCount: Int
        /// Share of the answers' tokens before which there was such a guess.
        public var share: Estimate
        /// Share of the guesses that stood; nil without a guess.
        public var stood: Estimate?
        /// Share that was to be expected to stand, by what `LookupDrafter` says; nil without a guess.
        public var expected: Double?

        enum CodingKeys: String, CodingKey {
            case shortest, longest, share, stood, expected
            case guessCount = "guesses"
        }
    }

    /// Answers of one kind.
    public struct Answers: Sendable, Equatable, Codable {
        /// How they came about.
        public var kind: AnswerKind
        /// Documents.
        public var documentCount: Int
        /// Tokens of answers in them.
        public var tokenCount: Int
        /// By the length of the match, shortest first.
        public var lengths: [Line]
        /// Over all matches.
        public var overall: Line

        enum CodingKeys: String, CodingKey {
            case kind, lengths, overall
            case documentCount = "documents"
            case tokenCount = "tokens"
        }
    }

    /// By kind, as far as there are any.
    public var answers: [Answers]
}
