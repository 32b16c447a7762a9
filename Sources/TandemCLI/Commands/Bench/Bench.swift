import ArgumentParser

/// `tandem bench`: measurements, each a subcommand.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure how fast a model runs on this machine.",
        discussion: """
            Without the name of a measurement, the engine is measured.

            Examples:
              tandem bench smollm2-135m-instruct
              tandem bench generate smollm2-135m-instruct --prompts questions.jsonl --arms plain,lookup
              tandem bench training smollm2-135m-instruct
            """,
        subcommands: [BenchEngineCommand.self, BenchGenerateCommand.self, BenchTrainingCommand.self],
        defaultSubcommand: BenchEngineCommand.self)
}
