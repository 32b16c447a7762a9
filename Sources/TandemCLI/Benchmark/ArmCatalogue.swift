import Tandem

/// The arms that `bench generate` can compare: a line each in ``all``.
///
///     plain                  the large model alone
///     tandem:3               blocks of three tokens
///     tandem:auto            as many as pay
///     tandem:3+rejection     with another rule
struct ArmCatalogue {
    /// What an arm's name stands for.
    struct Entry {
        /// Before the colon.
        var name: String
        /// For the help.
        var explanation: String
        /// The arm without what may follow its name.
        var drafting: GenerationRequest.Drafting
    }

    private static let automatic = DraftLength.automatic.length

    /// All of them.
    static let all: [Entry] = [
        Entry(name: "plain", explanation: "the large model alone", drafting: .none),
        Entry(name: "lookup", explanation: "what was said before is said again", drafting: .lookup(count: 3)),
        Entry(name: "tandem", explanation: "the trained small model", drafting: .init(.tandem, length: automatic)),
        Entry(
            name: "chain", explanation: "lookup where it matches well, else the tandem",
            drafting: .init(.lookupThenTandem, length: automatic)),
        Entry(
            name: "independent", explanation: "the model of --independent",
            drafting: .init(.independent, length: automatic)),
        Entry(
            name: "auto", explanation: "the default: chain:auto if there is a tandem, else lookup:auto",
            drafting: .init(.automatic, length: automatic)),
        Entry(
            name: "router", explanation: "tandem:router",
            drafting: .init(.tandem, length: .router(threshold: 0.5, maximum: DraftLength.maximum))),
        Entry(
            name: "stand-alone", explanation: "tandem:3+accept-all, LOSSY",
            drafting: .init(.tandem, length: .fixed(3), rule: .acceptAll(freeToken: true))),
    ]

    /// For the help: names and what they mean.
    static var help: String { all.map { "\($0.name): \($0.explanation)" }.joined(separator: "; ") }

    /// What an arm's text stands for.
    ///
    /// - Throws: ``CommandError`` with the names that there are.
    static func drafting(for text: String) throws -> GenerationRequest.Drafting {
        let parts = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let words = parts[0].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let entry = all.first(where: { $0.name == words[0] }) else {
            throw CommandError("There is no arm '\(text)'. There are: \(help).")
        }
        var drafting = entry.drafting
        if drafting.drafter == .none, text != entry.name {
            throw CommandError("'\(text)': nothing can follow \(entry.name).")
        }
        if words.count == 2 {
            guard let length = DraftLength(argument: words[1]) else {
                throw CommandError(
                    "'\(text)': after the colon stands how many tokens are guessed at once: 1 to 64, auto or router.")
            }
            drafting.length = length.length
        }
        if parts.count == 2 {
            guard let rule = GenerationRequest.Drafting.Rule(word: parts[1]) else {
                throw CommandError(
                    "'\(text)': after the plus stands a rule: "
                        + GenerationRequest.Drafting.Rule.words.joined(separator: ", ") + ".")
            }
            drafting.rule = rule
        }
        return drafting
    }
}
