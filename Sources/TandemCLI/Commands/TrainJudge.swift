import ArgumentParser
import Foundation
import Tandem
import TandemCheckpoint
import TandemDecoding
import TandemJSON
import TandemMath
import TandemTraining

/// `tandem train judge`: teaches a bundle which guesses may stand although the large model would say something else.
struct TrainJudgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "judge", abstract: "Teach a bundle which guesses are good enough (lossy).",
        discussion: """
            A judge looks at the large model's state after it has read a drafted token and says whether the text is still
            good. With --rule judge, tokens that pass stand although the large model would have chosen others: LOSSY, faster,
            and only as good as the answers that the judge has learnt from.

            A line of the file is a question with an answer that is right and, if there is one, the same answer with an error
            put into it. What differs is learnt as bad. Without a wrong answer, the bundle's small model drafts in the
            right one's place, and what the large model finds unlikely there is learnt as bad. A conversation whose last
            message is the assistant's will do, too.

              {"turns": ["What is 2 + 2?"], "right": "It is 4.", "wrong": "It is 5."}
              {"turns": ["What is 2 + 2?"], "right": "It is 4."}
              {"messages": [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}]}

            The judge is put into the bundle; one that is there is replaced.

            Examples:
              tandem train judge smollm2-135m-instruct --bundle run --answers answers.jsonl
              tandem generate smollm2-135m-instruct --tandem run/bundle --rule judge --rule-threshold 0.9 --prompt Hello
            """)

    @OptionGroup var model: ModelArgument

    @Option(
        help: ArgumentHelp("The folder of a bundle, or of a finished training run.", valueName: "path"))
    var bundle: String

    @Option(help: ArgumentHelp("A file of questions with their answers.", valueName: "path"))
    var answers: String

    @Option(help: ArgumentHelp("Leave out so many answers in front.", valueName: "count"))
    var skip = 0

    @Option(help: ArgumentHelp("Take at most so many answers.", valueName: "count"))
    var limit = 500

    @Option(help: ArgumentHelp("Share of the answers that the judge does not see.", valueName: "share"))
    var heldOut = 0.25

    @Option(
        help: ArgumentHelp(
            "A drafted token is learnt as bad if the large model gives it less than this part of its likeliest token's "
                + "probability.", valueName: "share"))
    var doubt = 0.1

    @Option(help: ArgumentHelp("Tokens of question and answer that are read.", valueName: "count"))
    var longest = 1_024

    @Option(help: ArgumentHelp("Times that every token is learnt from.", valueName: "count"))
    var epochs = 20

    @Option(help: ArgumentHelp("Step size.", valueName: "rate"))
    var rate: Float = 1e-3

    @Option(help: ArgumentHelp("Decides what is drafted, and the order of learning.", valueName: "number"))
    var seed: UInt64 = 1

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        let counts: [(name: String, value: Int, range: ClosedRange<Int>)] = [
            ("skip", skip, 0...Int.max), ("limit", limit, 2...10_000_000), ("longest", longest, 2...1_048_576),
            ("epochs", epochs, 1...10_000),
        ]
        for (name, value, range) in counts where !range.contains(value) {
            throw ValidationError(
                "--\(name) is \(value), but it must be between \(range.lowerBound) and \(range.upperBound).")
        }
        for (name, value) in [("held-out", heldOut), ("doubt", doubt), ("rate", Double(rate))] {
            guard value > 0, value < 1 else {
                throw ValidationError("--\(name) is \(value), but it must be more than 0 and less than 1.")
            }
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
        let judged = Array(try JudgedAnswer.answers(path: answers).dropFirst(skip).prefix(limit))
        guard judged.count > 1 else {
            throw CommandError("\(answers) has \(judged.count) answers after the first \(skip), and two are needed.")
        }
        let policy = try PolicyBundle(bundle)
        let loaded = try await LoadedTeacher(model, converses: true)
        let pool = ComputePool(threadCount: threads.count)
        var settings = JudgeMaterial.Settings()
        settings.doubt = doubt
        settings.longest = longest
        settings.seed = seed
        let material = JudgeMaterial(
            loaded.teacher, small: try policy.smallModel(for: loaded.engine.model, pool: pool), settings: settings,
            pool: pool)
        let bar = ProgressBar(quantity: .counted("answers"), isQuiet: output.quiet)
        defer { bar.finish(isKept: false) }
        bar.begin("reading", total: Double(judged.count))
        var labelled: [JudgeMaterial.LabelledStates] = []
        for (index, answer) in judged.enumerated() {
            try Task.checkCancellation()
            if let read = try material.read(answer, number: index) { labelled.append(read) }
            bar.advance(to: Double(index + 1))
        }
        guard labelled.count > 1 else {
            throw CommandError(
                "Of \(judged.count) answers \(labelled.count) fit into --longest \(longest); allow more.")
        }
        bar.begin("learning", total: nil)
        let calibration = try JudgeCalibration(
            labelled, heldOutShare: heldOut, training: training, large: loaded.engine.model
        ) { _ in try Task.checkCancellation() }
        bar.finish(isKept: false)
        let report = JudgeReport(bundle: policy.path, answers: labelled.count, report: calibration.report)
        try policy.bundle.addPolicy(
            "judge", weights: calibration.head.namedWeights,
            calibration: [JSONMember(name: "judge", value: try PolicyBundle.json(calibration.report))],
            figures: report.figures)
        if output.json { return try StandardOutput.json(report) }
        try StandardOutput.write(report.text)
        output.remark("LOSSY: with --rule judge, texts are no longer the large model's own.")
    }

    private var training: JudgeTraining {
        var training = JudgeTraining()
        training.epochCount = epochs
        training.learningRate = rate
        training.seed = seed
        return training
    }
}
