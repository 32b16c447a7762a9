import ArgumentParser
import Foundation
import Tandem
import TandemDecoding
import TandemText

/// `tandem generate`: one answer.
struct GenerateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Answer a prompt, or continue a text.",
        discussion: """
            The prompt is the value of --prompt, the contents of --file, or standard input. It is put into the form in which
            the model was trained to converse; with --raw it is continued as it stands.

            The text appears on standard output as it comes; speeds follow on standard error. Ctrl-C ends the answer.
            Without --temperature the likeliest token is always taken, unless --top-k, --top-p, --min-p or --typical-p ask for
            draws: then it is 1. The same model, prompt, options and seed give the
            same text, with any number of threads, and whoever drafts: a small model that was trained for the large one drafts
            if there is one, and the large model checks.

            Examples:
              tandem generate smollm2-135m-instruct --prompt 'Why is the sky blue?'
              tandem generate model.gguf --raw --prompt 'Once upon a time' --max-tokens 100
              tandem generate model.gguf --file question.txt --temperature 0.7 --top-p 0.9 --seed 7
              git diff | tandem generate smollm2-135m-instruct --system 'Describe the change.' --draft lookup
              tandem generate model.gguf --prompt Hello --json | jq -r .text
              tandem generate model.gguf --prompt Hello --tandem my-bundle --show-draft --compare
            """)

    @OptionGroup var engine: EngineOptions

    @Option(parsing: .unconditional, help: ArgumentHelp("The prompt.", valueName: "text"))
    var prompt: String?

    @Option(help: ArgumentHelp("Read the prompt from a file; - is standard input.", valueName: "path"))
    var file: String?

    @Flag(help: "Continue the text as it stands, without the model's chat template.")
    var raw = false

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Tell the model beforehand how to answer.", valueName: "text"))
    var system: String?

    @Flag(help: "Go on when the model says that the answer has ended.")
    var ignoreEos = false

    @Flag(help: "Show of each token whether it was drafted: by colours, underlined, or by marks.")
    var showDraft = false

    @Flag(
        help: ArgumentHelp(
            "Answer again without drafting and with it, in turns; tell whether the text is the same, and which was faster."
        ))
    var compare = false

    @OptionGroup(title: "Sampling") var sampling: SamplingOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if prompt != nil, file != nil { throw ValidationError("Give the prompt by --prompt or by --file, not both.") }
        if raw, system != nil {
            throw ValidationError("--system is part of a conversation; it does not go with --raw.")
        }
        if showDraft, output.json { throw ValidationError("--show-draft colours a text; it does not go with --json.") }
    }

    func run() async throws {
        var request = try request()
        let start = ContinuousClock.now
        let engine = try await engine.load(retainedCount: 0)
        let load = ContinuousClock.now - start
        for remark in [self.engine.remark(about: engine), sampling.remark].compactMap(\.self) { output.remark(remark) }
        if !raw { try engine.checkConverses("give --raw to continue the text as it stands") }
        let drafting = try self.engine.prepare(engine)
        request.drafting = drafting
        if let warning = drafting.warning { output.remark(warning) }
        var display = AnswerDisplay(isQuiet: output.quiet, isShown: !output.json)
        if showDraft { display.painter = DraftPainter(for: .standardOutput) }
        let result = try await answer(request, by: engine, display)
        var report = GenerationReport(result, model: engine.displayName, load: load, drafting: drafting)
        if !output.json, !result.text.hasSuffix("\n") { try StandardOutput.write("\n") }
        engine.keepCosts()
        let isCancelled = result.summary.finishReason == .cancelled
        if compare, !isCancelled {
            report.comparison = try await comparison(of: result, to: request, by: engine)
        }
        if output.json {
            try StandardOutput.json(report)
        } else {
            output.remark("\n" + report.remark)
            if showDraft {
                output.remark(DraftPainter(for: .standardOutput).legend(drafting.origins))
                if !compare, !output.quiet {
                    let remark = try PlainCost.remark(
                        about: result, drafting: drafting, by: engine, threads: self.engine.threads.count,
                        advice: "--compare runs both", announce: output.remark)
                    if let remark { output.remark(remark) }
                }
            }
            if let comparison = report.comparison { try StandardOutput.line("\n" + comparison.sentence) }
        }
        if isCancelled { throw ExitCode(128 + SIGINT) }
        if let comparison = report.comparison, !comparison.isSameText, drafting.fidelity == .sameText {
            throw CommandError(
                "With drafting the text differs from byte \(comparison.firstDifference ?? 0) on, and must not: that is an "
                    + "error of this program; please report it with the command.")
        }
    }

    private func answer(
        _ request: GenerationRequest, by engine: TandemEngine, _ display: AnswerDisplay
    ) async throws -> GenerationResult {
        let stream = try engine.generate(request)
        do {
            return try await Interruption.handling {
                stream.stop()
            } during: {
                try await display.show(stream)
            }
        } catch is CancellationError {
            // Stopped before its turn came: nothing was said.
            throw ExitCode(128 + SIGINT)
        }
    }

    /// The same request without drafting and with, in turns, beside the answer that was shown.
    ///
    /// A program's first answer wakes the processor up and touches its memory for the first time. Timing it would cost
    /// drafting a tenth, unless it took so long that this is lost in it.
    private func comparison(
        of shown: GenerationResult, to request: GenerationRequest, by engine: TandemEngine
    ) async throws -> DraftComparison {
        output.remark("\nAnswering again without drafting and with it, in turns, to compare.")
        var drafted = request
        drafted.sampling = request.sampling.seeded(shown.summary.seed)
        var plain = drafted
        plain.drafting = .none
        let silence = AnswerDisplay(isQuiet: true, isShown: false)
        func whole(_ request: GenerationRequest) async throws -> GenerationResult {
            let result = try await answer(request, by: engine, silence)
            guard result.summary.finishReason != .cancelled else { throw ExitCode(128 + SIGINT) }
            return result
        }
        let isLong = shown.summary.metrics.decodeDuration > .seconds(5)
        var turns: [(plain: GenerationResult, drafted: GenerationResult)] = []
        let start = ContinuousClock.now
        repeat {
            turns.append((try await whole(plain), isLong ? shown : try await whole(drafted)))
        } while turns.count < 9 && ContinuousClock.now - start < .seconds(3)
        return DraftComparison(shown: shown, turns: turns)
    }

    private func request() throws -> GenerationRequest {
        var request = GenerationRequest(
            prompt: try promptValue(), sampling: try sampling.sampling().withShortSeed,
            maximumTokenCount: engine.maxTokens, stopStrings: engine.stopStrings, drafting: .none)
        request.endsAtEndOfText = !ignoreEos
        return request
    }

    private func promptValue() throws -> GenerationRequest.Prompt {
        var text: String
        if let prompt {
            text = prompt
        } else if let file {
            text = try TextInput.read(file: file)
        } else if TextInput.isInteractive {
            throw ValidationError("There is no prompt; give --prompt TEXT, --file PATH, or text on standard input.")
        } else {
            text = try TextInput.standardInput()
        }
        if raw { return .text(text) }
        // The last line's end is the file's or the shell's, not the question's.
        while prompt == nil, text.last?.isNewline == true { text.removeLast() }
        guard !text.isEmpty else { throw CommandError("The prompt is empty; say something.") }
        var messages = [ChatMessage(role: "user", content: text)]
        if let system { messages.insert(ChatMessage(role: "system", content: system), at: 0) }
        return .chat(messages)
    }
}
