import Tandem
import TandemDecoding

extension GenerationRequest.Drafting {
    /// Who guesses, what programs are told as `mode` and what people type.
    var mode: String { drafter.word }

    /// Who guesses, how far, and what becomes of it: `tandem:auto`, `tandem:3+accept-all`.
    var label: String {
        guard drafter != .none else { return "plain" }
        if self == .automatic { return "auto" }
        return "\(drafter.word):\(length.word)" + (rule == .exact ? "" : "+\(rule.word)")
    }

    /// What must be said of a text that is not the large model's own; `nil` where it is.
    var warning: String? {
        switch fidelity {
        case .sameText: nil
        case .sameLaw:
            "With --rule \(rule.word) the text is another than without drafting, drawn with the same odds."
        case .lossy:
            "LOSSY: with --rule \(rule.word) guesses stand that the large model need not have made; the text is not its own."
        }
    }

    /// Where tokens of its answers can come from.
    var origins: [TokenOrigin] {
        switch drafter {
        case .none: [.large]
        case .lookup: [.lookup, .large]
        case .tandem, .independent: [.model, .large]
        case .lookupThenTandem, .automatic: [.model, .lookup, .large]
        }
    }
}

extension GenerationRequest.Drafting.Drafter {
    /// As it is typed.
    var word: String {
        switch self {
        case .automatic: "auto"
        case .none: "none"
        case .lookup: "lookup"
        case .tandem: "tandem"
        case .independent: "independent"
        case .lookupThenTandem: "chain"
        }
    }
}

extension GenerationRequest.Drafting.Length {
    /// As it is typed.
    var word: String {
        switch self {
        case .fixed(let count): "\(count)"
        case .costAware: "auto"
        case .router: "router"
        }
    }
}

extension GenerationRequest.Drafting.Rule {
    /// As it is typed.
    var word: String {
        switch self {
        case .exact: "exact"
        case .rejection: "rejection"
        case .acceptAll(let freeToken): freeToken ? "accept-all" : "accept-all-own"
        case .fuzzy(let rule): rule.divergence == .kullbackLeibler ? "kl" : "fuzzy"
        case .judge: "judge"
        }
    }

    /// The rule that a word stands for; `nil` if there is none.
    ///
    /// - Parameters:
    ///   - word: As it is typed.
    ///   - threshold: How much is let stand; `nil` for what is usual.
    init?(word: String, threshold: Double? = nil) {
        switch word {
        case "exact": self = .exact
        case "rejection": self = .rejection
        case "accept-all": self = .acceptAll(freeToken: true)
        case "accept-all-own": self = .acceptAll(freeToken: false)
        case "fuzzy": self = .fuzzy(FuzzyMatch(.jensenShannon, threshold: threshold ?? 0.1))
        case "kl": self = .fuzzy(FuzzyMatch(.kullbackLeibler, threshold: threshold ?? 0.3))
        case "judge": self = .judge(threshold: Float(threshold ?? 0.5))
        default: return nil
        }
    }

    /// All words, for the help.
    static let words = ["exact", "rejection", "accept-all", "accept-all-own", "fuzzy", "kl", "judge"]
}

extension TokenOrigin {
    /// Where a token comes from.
    init(_ token: EmittedToken) {
        switch token.source {
        case .none: self = .large
        case .lookup: self = .lookup
        default: self = .model
        }
    }
}
