public import TandemDecoding

extension GenerationRequest {
    /// How an answer is sped up, as a value that can be stored: who guesses, how far, and what becomes of a guess.
    ///
    ///     .automatic                                         // whoever is there, as far as it pays: the default
    ///     .none                                              // the large model alone
    ///     .lookup(count: 3)                                  // what the conversation has said before
    ///     .tandem                                            // the small model attached, as far as it pays
    ///     Drafting(.tandem, length: .fixed(3), rule: .acceptAll(freeToken: true))   // the small model speaks
    ///
    /// With ``Rule/exact``, the default, it changes the speed and not the answer.
    public struct Drafting: Sendable, Hashable, Codable {
        /// Who guesses ahead.
        public enum Drafter: String, Sendable, Hashable, Codable, CaseIterable {
            /// Who is there: look-up and then the tandem, if a small model that reads the large one's states is attached; an
            /// ordinary small model, if one is attached; else look-up.
            case automatic
            /// Nobody.
            case none
            /// What the conversation has said before.
            case lookup
            /// The small model that reads the large one's states.
            case tandem
            /// An ordinary small model with the same vocabulary.
            case independent
            /// What the conversation has said before where that matches well, else the tandem.
            case lookupThenTandem
        }

        /// How far.
        public enum Length: Sendable, Hashable, Codable {
            /// Always this many tokens.
            case fixed(Int)
            /// As many as pay, by what they are worth and what passes cost here; none if none do.
            case costAware(maximum: Int)
            /// Until the router expects disagreement at least this likely.
            case router(threshold: Float, maximum: Int)
        }

        /// What becomes of a guess.
        public enum Rule: Sendable, Hashable, Codable {
            /// It stands if the large model chooses the same: the answer is the large model's own.
            case exact
            /// Speculative sampling: another answer for a seed, with the same chances.
            case rejection
            /// It stands. Lossy: the small model's answer, with or without the large one's token after each block.
            case acceptAll(freeToken: Bool)
            /// It stands where the models' laws are near each other. Lossy.
            case fuzzy(FuzzyMatch)
            /// It stands where the judge that came with the small model says so. Lossy.
            case judge(threshold: Float)
        }

        /// Who guesses ahead.
        public var drafter: Drafter
        /// How far.
        public var length: Length
        /// What becomes of a guess.
        public var rule: Rule

        /// A combination.
        public init(_ drafter: Drafter, length: Length = .costAware(maximum: 8), rule: Rule = .exact) {
            self.drafter = drafter
            self.length = length
            self.rule = rule
        }

        /// Whoever is there, as far as it pays on this machine.
        public static let automatic = Drafting(.automatic)

        /// The large model alone.
        public static let none = Drafting(.none, length: .fixed(0))

        /// What the conversation has said before, `count` tokens at a time.
        public static func lookup(count: Int) -> Drafting { Drafting(.lookup, length: .fixed(count)) }

        /// The small model attached, as far as it pays.
        public static let tandem = Drafting(.tandem)

        /// The same with somebody in the place of ``Drafter/automatic``.
        public func resolved(with companions: Companions) -> Drafting {
            guard drafter == .automatic else { return self }
            var resolved = self
            resolved.drafter =
                if companions.tandem != nil {
                    // A look-up has no law, and under a lossy rule would stand for no reason of the large model's.
                    rule == .exact ? .lookupThenTandem : .tandem
                } else if companions.independent != nil {
                    .independent
                } else {
                    rule == .exact ? .lookup : .tandem
                }
            return resolved
        }

        /// What is promised of the answer.
        public var fidelity: Fidelity {
            switch rule {
            case _ where drafter == .none: .sameText
            case .exact: .sameText
            case .rejection: .sameLaw
            case .acceptAll, .fuzzy, .judge: .lossy
            }
        }
    }
}
