import ArgumentParser
import Tandem
import TandemDecoding

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

        static var allValueStrings: [String] { ["auto", "none", "lookup", "tandem", "chain", "independent:MODEL"] }
    }

    @Option(
        help: ArgumentHelp(
            "Who guesses ahead: 'none'; 'lookup', which guesses that what was said before is said again; 'tandem', the small "
                + "model that was trained for the large one; 'chain', lookup where it matches well, else the tandem; "
                + "'independent:MODEL', any small model with the same tokens. The text is the same, it comes faster. Left out, or "
                + "'auto': chain if there is a tandem (tandem, if --rule is not 'exact'), else lookup.",
            valueName: "how"))
    var draft: Guesser?

    @OptionGroup var companions: CompanionOptions

    @Option(
        help: ArgumentHelp(
            "Tokens that are guessed at once: a number; 'auto', as many as pay on this machine, none if none do; 'router', until "
                + "the tandem's router doubts. Left out: auto.", valueName: "count"))
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

    func validate() throws {
        guard let rule = GenerationRequest.Drafting.Rule(word: rule) else {
            throw ValidationError(
                "There is no --rule \(rule). There are: \(GenerationRequest.Drafting.Rule.words.joined(separator: ", "))."
            )
        }
        if let ruleThreshold {
            guard ["fuzzy", "kl", "judge"].contains(self.rule) else {
                throw ValidationError("--rule-threshold goes with --rule fuzzy, kl or judge; \(self.rule) has none.")
            }
            guard ruleThreshold >= 0, ruleThreshold.isFinite else {
                throw ValidationError("--rule-threshold is \(ruleThreshold), but it must be 0 or more.")
            }
        }
        if companions.tandem == "" { throw ValidationError("--tandem names no path; give a bundle, or 'none'.") }
        try refuseWhatNobodyUses(rule)
    }

    /// An option that would change nothing is a mistake of whoever gave it.
    private func refuseWhatNobodyUses(_ rule: GenerationRequest.Drafting.Rule) throws {
        var isRouter = false
        if case .router? = draftLength?.length { isRouter = true }
        var isJudge = false
        if case .judge = rule { isJudge = true }
        switch draft {
        case .drafter(.tandem)?, .drafter(.lookupThenTandem)?:
            guard companions.tandem != "none" else {
                throw ValidationError("--tandem none leaves nobody to draft; choose another --draft.")
            }
        case nil, .drafter(.automatic)?:
            guard companions.tandem != "none" || !isRouter else {
                throw ValidationError("The router judges a tandem's guesses; --tandem none leaves none.")
            }
        case .drafter(.none)?:
            let ignored = [
                draftLength.map { _ in "--draft-length" }, companions.named.map { _ in "--tandem" },
                rule == .exact ? nil : "--rule",
            ]
            if let option = ignored.compactMap(\.self).first {
                throw ValidationError("\(option) says how to draft, but --draft none has nobody do so.")
            }
        case .drafter(.lookup)?, .drafter(.independent)?, .independent?:
            guard !isRouter else {
                throw ValidationError("--draft-length router goes with the tandem, whose guesses the router judges.")
            }
            guard companions.named == nil || isJudge else {
                throw ValidationError("--tandem names a small model, but with this --draft it does not guess.")
            }
            if case .fuzzy = rule, draft == .drafter(.lookup) {
                throw ValidationError("--rule \(self.rule) compares two models' opinions, and a look-up has none.")
            }
        }
    }

    /// What was put beside a model.
    struct Attachment {
        /// How answers are sped up.
        var drafting: GenerationRequest.Drafting
        /// Where the models that draft lie.
        var drafters: [DraftSource: String] = [:]
    }

    /// Puts the models beside `engine` that are asked for.
    ///
    /// - Throws: ``CommandError`` if the drafter is not there.
    func attach(to engine: TandemEngine, at modelPath: String) throws -> Attachment {
        let rule = GenerationRequest.Drafting.Rule(word: rule, threshold: ruleThreshold) ?? .exact
        var attachment = Attachment(drafting: .automatic)
        var drafter = GenerationRequest.Drafting.Drafter.automatic
        var needsBundle = companions.named != nil
        switch draft {
        case .independent(let model)?:
            drafter = .independent
            attachment.drafters[.independent] = try CompanionOptions.attachIndependent(model, to: engine)
        case .drafter(let asked)?: drafter = asked
        case nil: break
        }
        switch drafter {
        case .automatic, .tandem, .lookupThenTandem: needsBundle = true
        case .none, .lookup, .independent: if case .judge = rule { needsBundle = true }
        }
        if needsBundle, let path = try companions.attachTandem(to: engine, at: modelPath) {
            guard engine.companions.tandem != nil || drafter == .independent else {
                throw CommandError("\(path) was trained without memory; draft with it by --draft independent:\(path).")
            }
            attachment.drafters[.tandem] = path
        }
        guard drafter != .none else {
            attachment.drafting = .none
            return attachment
        }
        let length = draftLength?.length ?? DraftLength.automatic.length
        let drafting = GenerationRequest.Drafting(drafter, length: length, rule: rule).resolved(with: engine.companions)
        try check(drafting, for: engine)
        attachment.drafting = drafting
        return attachment
    }

    private func check(_ drafting: GenerationRequest.Drafting, for engine: TandemEngine) throws {
        let remedy = "train one with 'tandem train', or give one with --tandem"
        let lacks = "No bundle belongs to \(engine.displayName)"
        if [.tandem, .lookupThenTandem].contains(drafting.drafter), engine.companions.tandem == nil {
            guard draft != nil else {
                throw CommandError(
                    "\(lacks), so nobody guesses for --rule \(rule) to judge: \(remedy), or choose a --draft.")
            }
            throw CommandError("\(lacks): \(remedy).")
        }
        if case .router = drafting.length, engine.companions.router == nil {
            throw CommandError(
                engine.companions.tandem == nil
                    ? "\(lacks), so there is no router: \(remedy)."
                    : "The bundle has no router: train one with 'tandem train router', or choose another --draft-length."
            )
        }
        if case .judge = drafting.rule, engine.companions.judge == nil {
            throw CommandError(
                engine.companions.tandem == nil
                    ? "\(lacks), so there is no judge: \(remedy)."
                    : "The bundle has no judge: train one with 'tandem train judge', or choose another --rule.")
        }
    }
}
