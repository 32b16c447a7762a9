/// Guesses that what followed the latest tokens earlier in the conversation follows again.
///
/// Costs next to nothing and helps where an answer quotes: code that is edited, documents that are summed up, names.
/// (Saxena, "Prompt Lookup Decoding", 2023.)
///
///     conversation  … the quick brown fox jumps … the quick brown
///     match                                       └─────────────┘ three tokens, seen before
///     draft                                                       fox jumps …
///
/// Of all earlier places, the one with the longest match is taken, and of those the latest. The longer the match, the surer
/// the guess, and the surer of a greedy answer than of one that is drawn. One that a policy would not have read is none, so
/// that another drafter may have a better idea.
public struct LookupDrafter: Drafter, Sendable {
    /// An earlier place at which the conversation was as it is now.
    struct Match: Equatable {
        /// Where what followed it stands.
        var place: Int
        /// How many tokens before that are those before the end.
        var length: Int
    }

    private let matchLengths: ClosedRange<Int>
    /// The conversation.
    private(set) var tokens: [Int] = []
    /// For each hash of a few tokens: where the latest such tokens end, that is, the place of what followed them.
    private var places: [UInt64: Int] = [:]

    /// A drafter that wants a match of at least the lower bound and looks for no more than the upper one.
    public init(matchLengths: ClosedRange<Int> = 2...5) {
        precondition(matchLengths.lowerBound >= 1, "A match has at least one token.")
        self.matchLengths = matchLengths
    }

    /// Takes note of tokens, and of what followed the ones before.
    public mutating func confirm(_ tokens: [Int]) {
        let added = tokens.count * matchLengths.count
        if added > 64 { places.reserveCapacity(places.count + added) }
        for token in tokens {
            // Everything that ended before this token now has a successor.
            Self.forEachEnding(of: self.tokens, matchLengths) { hash, _ in places[hash] = self.tokens.count }
            self.tokens.append(token)
        }
    }

    /// What followed the longest match.
    public mutating func draft(_ request: DraftRequest) -> Proposal {
        guard let match = longestMatch() else { return .draft(Draft(source: .lookup)) }
        var draft = Draft(source: .lookup)
        let isAskedHowSure = request.policy.topCount != nil
        let temperature = request.sampler.sampling.temperature
        while request.wantsMore(than: draft) {
            if isAskedHowSure {
                draft.confidences.append(
                    Self.confidence(match.length + draft.tokens.count, temperature: temperature))
            }
            // Past the end, the guess goes on with itself: that is how repetitions are drafted.
            let next = match.place + draft.tokens.count
            draft.tokens.append(next < tokens.count ? tokens[next] : draft.tokens[next - tokens.count])
        }
        return .draft(request.policy.readCount(of: draft) > 0 ? draft : Draft(source: .lookup))
    }

    /// The longest match, and of those as long the latest; nil if there is none.
    func longestMatch() -> Match? {
        var found: Match?
        Self.forEachEnding(of: tokens, matchLengths) { hash, length in
            guard let place = places[hash], isMatch(endingAt: place, length: length) else { return }
            found = Match(place: place, length: length)
        }
        guard var match = found else { return nil }
        while match.length < Self.greatestMatchLength, match.length < match.place,
            tokens[match.place - match.length - 1] == tokens[tokens.count - match.length - 1]
        { match.length += 1 }
        return match
    }

    /// Matches are not followed further back: beyond this they hardly make a guess surer.
    private static let greatestMatchLength = 32

    /// How often what followed a match follows it again.
    ///
    /// Counted by `tandem evaluate lookup` (``LookupCount``) over 17,867 answers of SmolLM2-135M, half of them greedy, half drawn at
    /// temperature 1; straight lines between what was counted and, for temperatures in between, between the two. Other models
    /// repeat themselves otherwise: a policy takes this as a beginning and corrects it.
    static func confidence(_ matchLength: Int, temperature: Float) -> DraftConfidence {
        let length = Float(matchLength)
        let upper = counted.firstIndex { $0.length >= length } ?? counted.count - 1
        let (after, before) = (counted[upper], counted[max(0, upper - 1)])
        let span = after.length - before.length
        let place = span > 0 ? min(1, (length - before.length) / span) : 1
        let greedy = before.greedy + place * (after.greedy - before.greedy)
        let drawn = before.drawn + place * (after.drawn - before.drawn)
        let probability = greedy + min(max(temperature, 0), 1) * (drawn - greedy)
        // It draws from no law, so there is no entropy.
        return DraftConfidence(probability: probability, entropy: 0)
    }

    /// Shares of guesses that stood; groups of lengths at about their middle, all from thirteen tokens on at twenty. The first and the
    /// last are not counted: they carry on what the others show.
    private static let counted: [(length: Float, greedy: Float, drawn: Float)] = [
        (1, 0.45, 0.28), (2, 0.57, 0.36), (3, 0.66, 0.44), (4, 0.70, 0.52), (6, 0.77, 0.59), (10, 0.86, 0.70),
        (20, 0.97, 0.83), (32, 0.98, 0.85),
    ]

    /// Calls `body` with a hash and the length of each ending of a conversation, shortest first.
    ///
    /// Not a method of the drafter: a body that changes its places would have to copy all of them first.
    private static func forEachEnding(of tokens: [Int], _ matchLengths: ClosedRange<Int>, _ body: (UInt64, Int) -> Void)
    {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for length in 1...matchLengths.upperBound where length <= tokens.count {
            hash = (hash ^ UInt64(truncatingIfNeeded: tokens[tokens.count - length])) &* 0x9e37_79b9_7f4a_7c15
            hash ^= hash >> 29
            if length >= matchLengths.lowerBound { body(hash &+ UInt64(length), length) }
        }
    }

    /// Hashes may coincide; tokens decide.
    private func isMatch(endingAt end: Int, length: Int) -> Bool {
        end >= length && tokens[end - length..<end] == tokens[(tokens.count - length)...]
    }
}
