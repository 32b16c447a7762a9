import ArgumentParser
import Foundation
import TandemTraining

/// `tandem train`: makes a small model for a large one, and the networks of policies that go with it.
struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Train a small model that reads a large model's mind.",
        discussion: """
            'tandem train MODEL …' is short for 'tandem train model MODEL …': it trains the small model itself; its settings
            are listed by 'tandem train model --help'. The others teach a finished one when to stop drafting, and what may
            stand although the large model would have said something else.

            Examples:
              tandem train smollm2-135m-instruct --data answers --output run
              tandem train router smollm2-135m-instruct --bundle run --prompts prompts.jsonl
              tandem train judge smollm2-135m-instruct --bundle run --answers answers.jsonl
            """,
        subcommands: [TrainModelCommand.self, TrainRouterCommand.self, TrainJudgeCommand.self],
        defaultSubcommand: TrainModelCommand.self)
}

/// `tandem train model`, or `tandem train` alone: makes a small model for a large one.
struct TrainModelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "Train the small model itself: what 'train' does if nothing else is named.",
        discussion: """
            The large model stays as it is. The small one begins as copies of its last layers and learns, from the large model's
            own answers, what it would say next. In the run's folder are checkpoints, curves (metrics.jsonl), a report
            (report.html) and at the end the trained small model.

            The same command goes on where an earlier one ended, however that was, and comes to the same weights. On several
            processors or machines, start it with mpirun.

            Examples:
              tandem train smollm2-135m-instruct --data answers --output run
              tandem train smollm2-135m-instruct --configuration run.json --preset tiny
              tandem train smollm2-135m-instruct --data answers --output alone --memory none
              mpirun -np 4 tandem train smollm2-135m-instruct --data answers --output run --threads 1
            """)

    @OptionGroup var model: ModelArgument

    @Option(
        help: ArgumentHelp(
            "A JSON file with any of the settings above, by their names; what the command line says counts more.",
            valueName: "path"))
    var configuration: String?

    @OptionGroup(title: "Settings") var settings: TrainingOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard let configuration else { return try await train() }
        // What stands behind 'train', or behind 'train model'.
        var given = Array(CommandLine.arguments.drop { $0 != TrainCommand.configuration.commandName }.dropFirst())
        if given.first == Self.configuration.commandName { given.removeFirst() }
        let file = try TrainingConfigurationFile(path: configuration)
        guard let whole = try Self.parseAsRoot(file.arguments(beside: given) + given) as? Self else { return }
        try await whole.train()
    }

    /// Trains with the settings as they are now, those of the file among them.
    private func train() async throws {
        try settings.check()
        let collective = try TrainingJob.join()
        let isFirst = collective.rank == 0
        let display = TrainingDisplay(isQuiet: output.quiet || !isFirst)
        defer { display.end() }
        let session = try TrainingSession(
            model: model, settings: settings, threadCount: threads.count, collective: collective, display: display)
        let stop = StopFlag()
        let (isFinished, result) = try await Interruption.handling {
            stop.raise()
        } during: { () async throws -> (Bool, TrainingResult?) in
            let isFinished = try session.run(stop: stop, display: display)
            display.end()
            // Interrupted or not, what was trained is written, and no file is left half.
            let result = try isFirst ? session.write(isFinished: isFinished, display: display) : nil
            return (isFinished, result)
        }
        if let result { try report(result, isFinished: isFinished) }
        try collective.finish()
        if !isFinished {
            throw CommandError(
                "Stopped after step \(session.trainer.step) of \(session.trainer.settings.stepCount); the same command goes on "
                    + "from there.")
        }
    }

    private func report(_ result: TrainingResult, isFinished: Bool) throws {
        guard isFinished else { return }
        if output.json { return try StandardOutput.json(result) }
        try StandardOutput.line(result.text)
    }
}
