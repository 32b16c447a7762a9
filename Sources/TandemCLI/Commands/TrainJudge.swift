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

    @OptionGroup var policy: PolicyOptions

    @Option(help: ArgumentHelp("A file of questions with their answers.", valueName: "path"))
    var answers: String

    @Option(help: ArgumentHelp("Take at most so many answers.", valueName: "count"))
    var limit = 500

    @Option(
        help: ArgumentHelp(
            "A drafted token is learnt as bad if the large model gives it less than this part of its likeliest token's "
                + "probability.", valueName: "share"))
    var doubt = 0.1

    @Option(help: ArgumentHelp("Tokens of question and answer that are read.", valueName: "count"))
    var longest = 1_024

    @Option(help: ArgumentHelp("Times that every token is learnt from.", valueName: "count"))
    var epochs = 20

    func validate() throws {
        let counts: [(name: String, value: Int, range: ClosedRange<Int>)] = [
            ("limit", limit, 2...10_000_000), ("longest", longest, 2...1_048_576),
            ("epochs", epochs, 1...10_000),
        ]
        for (name, value, range) in counts { try OptionCheck.range(name, value, range) }
        try OptionCheck.fraction("doubt", doubt)
    }

    func run() async throws {
        let command = self
        try await policy.output.interruptible(saying: "Stopped. The bundle is as it was.") {
            try await command.train()
        }
    }

    private func train() async throws {
        let judged = try policy.selection(
            of: JudgedAnswer.answers(path: answers), limit: limit, what: "answers", path: answers)
        let target = try PolicyBundle(policy.bundle)
        let loaded = try await LoadedTeacher(model, converses: true, threadCount: policy.threads.count)
        let pool = ComputePool(threadCount: policy.threads.count)
        var settings = JudgeMaterial.Settings()
        settings.doubt = doubt
        settings.longest = longest
        settings.seed = policy.seed
        let material = JudgeMaterial(
            loaded.teacher, small: try target.smallModel(for: loaded.engine.model, pool: pool), settings: settings,
            pool: pool)
        let bar = ProgressBar(quantity: .counted("answers"), isQuiet: policy.output.quiet)
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
            labelled, heldOutShare: policy.heldOut, training: training, large: loaded.engine.model
        ) { _ in try Task.checkCancellation() }
        bar.finish(isKept: false)
        let report = JudgeReport(bundle: target.path, answers: labelled.count, report: calibration.report)
        try target.bundle.addPolicy(
            "judge", weights: calibration.head.namedWeights,
            calibration: [JSONMember(name: "judge", value: try PolicyBundle.json(calibration.report))],
            figures: report.figures)
        if policy.output.json { return try StandardOutput.json(report) }
        try StandardOutput.write(report.text)
        policy.output.remark("LOSSY: with --rule judge, texts are no longer the large model's own.")
    }

    private var training: JudgeTraining {
        var training = JudgeTraining()
        training.epochCount = epochs
        training.learningRate = policy.rate
        training.seed = policy.seed
        return training
    }
}
