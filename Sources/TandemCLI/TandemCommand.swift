import ArgumentParser
import TandemCheckpoint

/// The command line program: a subcommand per file in `Commands/`.
@main
struct TandemCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tandem",
        abstract: "Language models on the CPU you have: exact, and faster with a small model that drafts.",
        discussion: """
            A first run:
              tandem pull smollm2-135m-instruct
              tandem generate smollm2-135m-instruct --prompt 'What is a tandem?'
              tandem chat smollm2-135m-instruct

            Exit codes: 0 when all went well, 1 when something failed (a sentence on standard error says what), 64 when the
            command was not understood.
            """,
        version: ProgramVersion.current,
        groupedSubcommands: [
            CommandGroup(name: "Models", subcommands: [PullCommand.self, ModelsCommand.self, InspectCommand.self]),
            CommandGroup(name: "Text", subcommands: [GenerateCommand.self, ChatCommand.self, TokenizeCommand.self]),
            CommandGroup(
                name: "Training",
                subcommands: [DistillCommand.self, TrainCommand.self, EvaluateCommand.self, ReproduceCommand.self]),
            CommandGroup(name: "Measuring", subcommands: [PerplexityCommand.self, BenchCommand.self]),
            CommandGroup(name: "Files", subcommands: [QuantizeCommand.self, BundleCommand.self]),
        ])
}
