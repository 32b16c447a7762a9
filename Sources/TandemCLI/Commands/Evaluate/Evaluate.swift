import ArgumentParser

/// `tandem evaluate`: how well a drafter foretells what a large model says, each a subcommand.
struct EvaluateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Measure how well a small model, or look-up, drafts for a large one.",
        discussion: """
            'tandem evaluate BUNDLE …' is short for 'tandem evaluate drafting BUNDLE …': it measures a small model; its options
            are listed by 'tandem evaluate drafting --help'. The other counts how often prompt look-up is right.

            Examples:
              tandem evaluate smollm2-tandem --model smollm2-135m-instruct --data answers
              tandem evaluate run --data answers-held-out --documents 300 --save
              tandem evaluate lookup --data answers
            """,
        subcommands: [EvaluateDraftingCommand.self, EvaluateLookupCommand.self],
        defaultSubcommand: EvaluateDraftingCommand.self)
}
