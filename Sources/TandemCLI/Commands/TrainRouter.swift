import ArgumentParser
import Foundation
import Tandem
import TandemCheckpoint
import TandemDecoding
import TandemJSON
import TandemMath
import TandemModels
import TandemTraining

/// `tandem train router`: teaches a bundle when to stop drafting.
struct TrainRouterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "router", abstract: "Teach a bundle how far to trust its own guesses.",
        discussion: """
            The large model answers prompts while the bundle's small model drafts. Of every guess is kept how it looked
            (its law's entropy, the likeliest tokens and their embeddings) and how near the large model's law was. From
            that a small network learns to foretell how often the large model agrees: the router. It is put into the
            bundle, together with how often guesses stood on answers that it did not see. Drafting goes by both from then
            on: '--draft-length auto' weighs them against what passes cost here, '--draft-length router' drafts until
            the router doubts. Texts stay the same.

            A few hundred prompts of the kind that the model will be asked are enough. The model's weights in the bundle are
            not touched; a router that is there is replaced.

            Examples:
              tandem train router smollm2-135m-instruct --bundle run --prompts prompts.jsonl
              tandem train router model.gguf --bundle smollm2-tandem --prompts prompts.jsonl --skip 60000 --limit 800
            """)

    @OptionGroup var model: ModelArgument

    @Option(
        help: ArgumentHelp("The folder of a bundle, or of a finished training run.", valueName: "path"))
    var bundle: String

    @Option(
        help: ArgumentHelp(
            "A file of prompts: a line is {\"turns\": [\"…\"]} or a conversation; what is said first is asked.",
            valueName: "path"))
    var prompts: String

    @Option(help: ArgumentHelp("Leave out so many prompts in front.", valueName: "count"))
    var skip = 0

    @Option(help: ArgumentHelp("Take at most so many prompts.", valueName: "count"))
    var limit = 400

    @Option(help: ArgumentHelp("Tokens of an answer at most.", valueName: "count"))
    var maxTokens = 128

    @Option(help: ArgumentHelp("Tokens that are drafted in every round.", valueName: "count"))
    var gamma = 8

    @Option(
        help: ArgumentHelp(
            "Share of the prompts that are answered with the likeliest token each time; the others are answered by drawing.",
            valueName: "share"))
    var greedyShare = 0.5

    @Option(help: ArgumentHelp("Share of the answers that the router does not see.", valueName: "share"))
    var heldOut = 0.25

    @Option(help: ArgumentHelp("How many of a guess's likeliest tokens the router looks at.", valueName: "count"))
    var top = 4

    @Option(help: ArgumentHelp("Hidden units of the router.", valueName: "count"))
    var hidden = 32

    @Option(help: ArgumentHelp("Times that every guess is learnt from.", valueName: "count"))
    var epochs = 5

    @Option(help: ArgumentHelp("Step size.", valueName: "rate"))
    var rate: Float = 1e-3

    @Option(help: ArgumentHelp("Conversations at once; changes nothing but the time.", valueName: "count"))
    var batch = 16

    @Option(help: ArgumentHelp("Decides every draw, first weights, and the order of learning.", valueName: "number"))
    var seed: UInt64 = 1

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        let counts: [(name: String, value: Int, range: ClosedRange<Int>)] = [
            ("skip", skip, 0...Int.max), ("limit", limit, 2...10_000_000), ("max-tokens", maxTokens, 2...1_048_576),
            ("gamma", gamma, 1...64), ("top", top, 1...64), ("hidden", hidden, 1...4_096),
            ("epochs", epochs, 1...1_000),
            ("batch", batch, 1...1_024),
        ]
        for (name, value, range) in counts where !range.contains(value) {
            throw ValidationError(
                "--\(name) is \(value), but it must be between \(range.lowerBound) and \(range.upperBound).")
        }
        guard (0...1).contains(greedyShare) else {
            throw ValidationError("--greedy-share is \(greedyShare), but it must be between 0 and 1.")
        }
        guard heldOut > 0, heldOut < 1 else {
            throw ValidationError("--held-out is \(heldOut), but it must be more than 0 and less than 1.")
        }
        guard rate > 0, rate < 1 else {
            throw ValidationError("--rate is \(rate), but it must be more than 0 and less than 1.")
        }
    }

    func run() async throws {
        let command = self
        do {
            try await Interruption.cancelling { try await command.train() }
        } catch is CancellationError {
            output.remark("Stopped. The bundle is as it was.")
            throw ExitCode(128 + SIGINT)
        }
    }

    private func train() async throws {
        let questions = Array(try TrainingText.questions(path: prompts).dropFirst(skip).prefix(limit))
        guard questions.count > 1 else {
            throw CommandError("\(prompts) has \(questions.count) prompts after the first \(skip), and two are needed.")
        }
        let policy = try PolicyBundle(bundle)
        let loaded = try await LoadedTeacher(model, converses: true)
        let pool = ComputePool(threadCount: threads.count)
        let small = try policy.smallModel(for: loaded.engine.model, pool: pool)
        let bar = ProgressBar(quantity: .counted("tokens"), isQuiet: output.quiet)
        defer { bar.finish(isKept: false) }
        let observations = try observe(questions, loaded.teacher, small, pool: pool, bar: bar)
        let total = Double(epochs * observations.reduce(0) { $0 + $1.count }) * (1 - heldOut)
        bar.begin("learning", total: total)
        let calibration = try RouterCalibration(
            observations, heldOutShare: heldOut, training: training, topCount: top, small: small
        ) { count in
            try Task.checkCancellation()
            bar.advance(to: Double(count))
        }
        bar.finish(isKept: false)
        let report = RouterReport(
            bundle: policy.path, calibration.report, questions: observations.count { !$0.isEmpty },
            parameters: calibration.network.namedWeights.values.reduce(0) { $0 + $1.rows * $1.columns })
        try policy.bundle.addPolicy(
            "router", weights: calibration.network.namedWeights,
            calibration: [
                JSONMember(name: PolicyCalibration.acceptance, value: JSONValue(calibration.acceptance)),
                JSONMember(name: PolicyCalibration.routerAcceptance, value: JSONValue(calibration.routerAcceptance)),
                JSONMember(name: "router", value: try PolicyBundle.json(report.record)),
            ], figures: report.figures)
        if output.json { return try StandardOutput.json(report) }
        try StandardOutput.write(report.text)
    }

    private func observe(
        _ questions: [Question], _ teacher: Teacher, _ small: SmallModel, pool: ComputePool, bar: ProgressBar
    ) throws -> [[DraftObservation]] {
        var settings = DraftObserver.Settings()
        settings.blockLength = gamma
        settings.topCount = min(top, small.configuration.draftVocabulary.count)
        settings.maximumTokenCount = maxTokens
        settings.greedyShare = greedyShare
        settings.seed = seed
        settings.batchCount = batch
        bar.begin("answering", total: Double(questions.count * maxTokens))
        let observer = DraftObserver(teacher, small: small, settings: settings, pool: pool)
        return try observer.observe(questions) { progress in
            try Task.checkCancellation()
            let answered = max(1, progress.doneCount - progress.tooLongCount)
            // Answers under way are not full yet, so that the mean is a little high at first.
            let mean = min(Double(maxTokens), Double(progress.tokenCount) / Double(answered))
            bar.advance(
                to: Double(progress.tokenCount),
                of: Double(progress.tokenCount) + mean * Double(progress.questionCount - progress.doneCount))
        }
    }

    private var training: RouterTraining {
        var training = RouterTraining()
        training.hiddenCount = hidden
        training.epochCount = epochs
        training.learningRate = rate
        training.seed = seed
        return training
    }
}
