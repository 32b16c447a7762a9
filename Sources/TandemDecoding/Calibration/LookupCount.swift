/// How often what followed a match in a document follows it again, by the length of the match: what ``LookupDrafter`` rests
/// on when it says how sure it is.
///
/// Before every marked token it is asked for its match among all tokens before; its guess stands if what followed the match
/// is that token. Later tokens of a longer draft need no count of their own: where the ones before them stood, the match has
/// grown by as many.
///
///     let count = LookupCount(of: [1, 2, 3, 4, 1, 2, 3], marks: [false, false, false, false, true, true, true])
///     count.tokenCount               // 3
///     count.groups[0].guessCount     // 1: after 1 2
///     count.groups[0].stoodCount     // 1: 3 followed again
public struct LookupCount: Sendable, Hashable {
    /// Guesses after matches of like lengths.
    public struct Group: Sendable, Hashable {
        /// The shortest of these matches.
        public let shortest: Int
        /// The longest of them; nil if there is no bound.
        public let longest: Int?
        /// Guesses.
        public fileprivate(set) var guessCount = 0
        /// Those of them that stood.
        public fileprivate(set) var stoodCount = 0
        /// How many were to be expected to stand, by what ``LookupDrafter`` says.
        public fileprivate(set) var expectedCount = 0.0

        fileprivate init(shortest: Int, longest: Int?) {
            self.shortest = shortest
            self.longest = longest
        }

        fileprivate mutating func note(isRight: Bool, expectation: Double) {
            guessCount += 1
            if isRight { stoodCount += 1 }
            expectedCount += expectation
        }
    }

    /// Marked tokens that have one before them.
    public private(set) var tokenCount = 0
    /// By the length of the match, shortest first.
    public private(set) var groups = [
        Group(shortest: 2, longest: 2), Group(shortest: 3, longest: 3), Group(shortest: 4, longest: 4),
        Group(shortest: 5, longest: 8), Group(shortest: 9, longest: 12), Group(shortest: 13, longest: nil),
    ]
    /// All guesses.
    public private(set) var overall = Group(shortest: 2, longest: nil)

    /// Counts over a document.
    ///
    /// - Parameters:
    ///   - tokens: A prompt with its answer, or more of them.
    ///   - marks: Which tokens belong to answers.
    ///   - temperature: At which the answers were drawn; 0 if they were not.
    public init(of tokens: [Int], marks: [Bool], temperature: Float = 0) {
        precondition(tokens.count == marks.count, "\(tokens.count) tokens cannot have \(marks.count) marks.")
        var drafter = LookupDrafter()
        for (index, token) in tokens.enumerated() {
            if index > 0, marks[index] {
                tokenCount += 1
                if let match = drafter.longestMatch() {
                    let expected = LookupDrafter.confidence(match.length, temperature: temperature).probability
                    note(match, isRight: drafter.tokens[match.place] == token, expectation: Double(expected))
                }
            }
            drafter.confirm([token])
        }
    }

    private mutating func note(_ match: LookupDrafter.Match, isRight: Bool, expectation: Double) {
        overall.note(isRight: isRight, expectation: expectation)
        guard let group = groups.lastIndex(where: { $0.shortest <= match.length }) else { return }
        groups[group].note(isRight: isRight, expectation: expectation)
    }
}
