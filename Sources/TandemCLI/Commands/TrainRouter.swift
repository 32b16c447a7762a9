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

            A hundred prompts of the kind that the model will be asked are enough. The model's weights in the bundle are
            not touched; a router that is there is replaced.

            Examples:
              tandem train router smollm2-135m-instruct --bundle run --prompts prompts.jsonl
              tandem train router model.gguf --bundle smollm2-tandem --prompts prompts.jsonl --skip 60000 --limit 800
            """)

    @OptionGroup var model: ModelArgument

    @OptionGroup var policy: PolicyOptions

    @Option(
        help: ArgumentHelp(
            "A file of prompts: a line is {\"turns\": [\"…\"]} or a conversation; what is said first is asked.",
            valueName: "path"))
    var prompts: String

    @Option(help: ArgumentHelp("Take at most so many prompts.", valueName: "count"))
    var limit = 120

    @Option(help: ArgumentHelp("Tokens of an answer at most.", valueName: "count"))
    var maxTokens = 128

    @Option(help: ArgumentHelp("Tokens that are drafted in every round.", valueName: "count"))
    var gamma = 4

    @Option(
        help: ArgumentHelp(
            "Share of the prompts that are answered with the likeliest token each time; the others are answered by drawing.",
            valueName: "share"))
    var greedyShare = 0.5

    @Option(help: ArgumentHelp("How many of a guess's likeliest tokens the router looks at.", valueName: "count"))
    var top = 4

    @Option(help: ArgumentHelp("Hidden units of the router.", valueName: "count"))
    var hidden = 32

    @Option(help: ArgumentHelp("Times that every guess is learnt from.", valueName: "count"))
    var epochs = 5

    @Option(help: ArgumentHelp("Conversations at once; changes nothing but the time.", valueName: "count"))
    var batch = 16

    func validate() throws {
        let counts: [(name: String, value: Int, range: ClosedRange<Int>)] = [
            ("limit", limit, 2...10_000_000), ("max-tokens", maxTokens, 2...1_048_576),
            ("gamma", gamma, 1...64), ("top", top, 1...64), ("hidden", hidden, 1...4_096),
            ("epochs", epochs, 1...1_000),
            ("batch", batch, 1...1_024),
        ]
        for (name, value, range) in counts { try OptionCheck.range(name, value, range) }
        try OptionCheck.range("greedy-share", greedyShare, 0...1)
    }

    func run() async throws {
        let command = self
        try await policy.output.interruptible(saying: "Stopped. The bundle is as it was.") {
            try await command.train()
        }
    }

    private func train() async throws {
        let questions = try policy.selection(
            of: TrainingText.questions(path: prompts), limit: limit, what: "prompts", path: prompts)
        let target = try PolicyBundle(policy.bundle)
        let loaded = try await LoadedTeacher(model, converses: true, threadCount: policy.threads.count)
        let pool = ComputePool(threadCount: policy.threads.count)
        let small = try target.smallModel(for: loaded.engine.model, pool: pool)
        let bar = ProgressBar(quantity: .counted("tokens"), isQuiet: policy.output.quiet)
        defer { bar.finish(isKept: false) }
        let observations = try observe(questions, loaded.teacher, small, pool: pool, bar: bar)
        let total = Double(epochs * observations.reduce(0) { $0 + $1.count }) * (1 - policy.heldOut)
        bar.begin("learning", total: total)
        let calibration = try RouterCalibration(
            observations, heldOutShare: policy.heldOut, training: training, topCount: top, small: small
        ) { count in
            try Task.checkCancellation()
            bar.advance(to: Double(count))
        }
        bar.finish(isKept: false)
        let report = RouterReport(
            bundle: target.path, calibration, questions: observations.count { !$0.isEmpty },
            parameters: calibration.network.namedWeights.values.reduce(0) { $0 + $1.rows * $1.columns })
        try target.bundle.addPolicy(
            "router", weights: calibration.network.namedWeights,
            calibration: [
                JSONMember(name: PolicyCalibration.acceptance, value: JSONValue(calibration.acceptance)),
                JSONMember(name: PolicyCalibration.routerAcceptance, value: JSONValue(calibration.routerAcceptance)),
                JSONMember(name: "router", value: try PolicyBundle.json(report.record)),
            ], figures: report.figures)
        if policy.output.json { return try StandardOutput.json(report) }
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
        settings.seed = policy.seed
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
        training.learningRate = policy.rate
        training.seed = policy.seed
        return training
    }
}
