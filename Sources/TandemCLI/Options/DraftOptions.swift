import ArgumentParser
import Tandem

/// How answers are sped up: what `generate` and `chat` have in common.
struct DraftOptions: ParsableArguments {
    /// Who guesses ahead, as it is typed.
    enum Guesser: ExpressibleByArgument, Hashable {
        case drafter(GenerationRequest.Drafting.Drafter)
        /// An ordinary small model.
        case independent(String)

        init?(argument: String) {
            if let drafter = GenerationRequest.Drafting.Drafter.allCases.first(where: { $0.word == argument }),
                drafter != .independent
            {
                self = .drafter(drafter)
            } else if argument.hasPrefix("independent:"), argument.count > 12 {
                self = .independent(String(argument.dropFirst(12)))
            } else {
                return nil
            }
        }

        static var allValueStrings: [String] { ["none", "lookup", "tandem", "chain", "independent:MODEL"] }
    }

    @Option(
        help: ArgumentHelp(
            "Who guesses ahead: 'none'; 'lookup', which guesses that what was said before is said again; 'tandem', the small "
                + "model that was trained for the large one; 'chain', lookup where it matches well, else the tandem; "
                + "'independent:MODEL', any small model with the same tokens. The text is the same, it comes faster. Left out: "
                + "chain if there is a tandem (tandem, if --rule is not 'exact'), else none.", valueName: "how"))
    var draft: Guesser?

    @OptionGroup var companions: CompanionOptions

    @Option(
        help: ArgumentHelp(
            "Tokens that are guessed at once: a number; 'auto', as many as pay on this machine, none if none do; 'router', until "
                + "the tandem's router doubts. Left out: auto, and 3 for lookup.", valueName: "count"))
    var draftLength: DraftLength?

    @Option(
        help: ArgumentHelp(
            "What becomes of a guess. 'exact': it stands if the large model says the same, so that the text is the large "
                + "model's own. 'rejection': speculative sampling, other draws with the same odds. LOSSY, for speed at the "
                + "price of quality: 'accept-all', every guess stands and the large model adds a token after each "
                + "block; 'accept-all-own', without that; 'fuzzy' and 'kl', guesses stand where the models' opinions are "
                + "near each other; 'judge', guesses stand that the bundle's judge lets pass.", valueName: "rule"))
    var rule: String = "exact"

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How much fuzzy (0.1), kl (0.3) and judge (0.5) let stand, if not the number in parentheses.",
            valueName: "number"))
    var ruleThreshold: Double?

    /// What tells the drafter from others.
    var companionName: String? {
        if case .independent(let model)? = draft { return model }
        return companions.tandem
    }

    func validate() throws {
        guard GenerationRequest.Drafting.Rule(word: rule) != nil else {
            throw ValidationError(
                "There is no --rule \(rule). There are: \(GenerationRequest.Drafting.Rule.words.joined(separator: ", "))."
            )
        }
        if let ruleThreshold {
            guard ["fuzzy", "kl", "judge"].contains(rule) else {
                throw ValidationError("--rule-threshold goes with --rule fuzzy, kl or judge; \(rule) has none.")
            }
            guard ruleThreshold >= 0, ruleThreshold.isFinite else {
                throw ValidationError("--rule-threshold is \(ruleThreshold), but it must be 0 or more.")
            }
        }
        if companions.tandem == "none", let draft, [.drafter(.tandem), .drafter(.lookupThenTandem)].contains(draft) {
            throw ValidationError("--tandem none leaves nobody to draft; choose another --draft.")
        }
        if companions.tandem == "" { throw ValidationError("--tandem names no path; give a bundle, or 'none'.") }
    }

    /// Puts the models beside `engine` that are asked for.
    ///
    /// - Returns: How answers are sped up.
    /// - Throws: ``CommandError`` if the drafter is not there.
    func attach(to engine: TandemEngine, at modelPath: String) throws -> GenerationRequest.Drafting {
        var drafter = GenerationRequest.Drafting.Drafter.none
        switch draft {
        case .independent(let model):
            try CompanionOptions.attachIndependent(model, to: engine)
            drafter = .independent
        case .drafter(let asked) where asked == .none || asked == .lookup:
            drafter = asked
        case .drafter, nil:
            let path = try companions.attachTandem(to: engine, at: modelPath)
            if let path, engine.companions.tandem == nil {
                throw CommandError("\(path) was trained without memory; draft with it by --draft independent:\(path).")
            }
            if case .drafter(let asked)? = draft {
                guard path != nil else {
                    throw CommandError(
                        "No bundle belongs to \(engine.displayName): train one with 'tandem train', or give one with --tandem."
                    )
                }
                drafter = asked
            } else if path != nil {
                // A look-up has no law, and under a lossy rule would stand for no reason of the large model's.
                drafter = rule == "exact" ? .lookupThenTandem : .tandem
            }
        }
        guard drafter != .none else {
            guard rule == "exact" else {
                throw CommandError("--rule \(rule) says what becomes of guesses, but nobody guesses; choose a --draft.")
            }
            return .none
        }
        let length = draftLength?.length ?? (drafter == .lookup ? .fixed(3) : DraftLength.automatic.length)
        return GenerationRequest.Drafting(
            drafter, length: length,
            rule: GenerationRequest.Drafting.Rule(word: rule, threshold: ruleThreshold) ?? .exact)
    }
}
