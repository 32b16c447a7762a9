import ArgumentParser
import Tandem
import TandemDecoding
import TandemHub

/// `tandem chat`: a conversation.
struct ChatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat", abstract: "Converse with a model.",
        discussion: """
            Type, and press Enter. Arrow keys, Home, End and the usual Ctrl and Alt keys edit the line; up and down call back
            what was said before. A line that ends with \\ goes on in the next. Ctrl-C stops an answer and keeps the
            conversation; Ctrl-D leaves. /help lists what else there is.

            Without sampling options, those are used that the model's makers recommend, or else a temperature of 0.7 and a
            top-p of 0.95.

            Input that is piped in is answered line by line. A line that cannot be answered is left out of the conversation:
            standard error tells why, with --json there is an object with "error" in its place, and the exit code is 1 at the
            end.

            Examples:
              tandem chat smollm2-135m-instruct
              tandem chat model.gguf --system 'You are a laconic sailor.' --temperature 0.9
              printf 'Name a colour.\\n' | tandem chat model.gguf --json | jq -r .text
              printf 'Name a colour.\\nAnother one.\\n' | tandem chat smollm2-135m-instruct
            """)

    @OptionGroup var engine: EngineOptions

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Tell the model beforehand how to answer.", valueName: "text"))
    var system: String?

    @OptionGroup(title: "Sampling") var sampling: SamplingOptions

    @Flag(
        help: """
            Show of each token whether it was drafted: by colours, underlined, or by marks; and after each answer what became \
            of the drafts.
            """)
    var showDraft = false

    @Flag(
        help:
            "Print one JSON object a line for each answer, or why there is none, on standard output, and nothing else there."
    )
    var json = false

    @Flag(name: .shortAndLong, help: "Print no remarks.")
    var quiet = false

    func validate() throws {
        if showDraft, json { throw ValidationError("--show-draft colours a text; it does not go with --json.") }
    }

    func run() async throws {
        let start = ContinuousClock.now
        let engine = try await engine.load(retainedCount: 1)
        let load = ContinuousClock.now - start
        if let remark = self.engine.remark(about: engine), !quiet { StandardError.line(remark) }
        try engine.checkConverses("'tandem generate --raw' continues texts")
        let drafting = try self.engine.prepare(engine)
        if let warning = drafting.warning { remark(warning) }
        var request = GenerationRequest(
            prompt: .chat([]), sampling: try sampling.sampling(recommended: engine.generationDefaults),
            maximumTokenCount: self.engine.maxTokens, stopStrings: self.engine.stopStrings,
            drafting: drafting)
        request.endsAtEndOfText = true
        let session = ChatSession(system: system, request: request)
        let input = ChatInput.standard(historyPath: try HubSettings.current().root + "/history")
        let painter = showDraft ? DraftPainter(for: .standardOutput) : nil
        if input.isTerminal, !quiet, !json {
            try StandardOutput.line("\(engine.displayName), \(engine.contextLength) tokens of context. /help helps.")
            if let painter { try StandardOutput.line(painter.legend(drafting.origins)) }
            try StandardOutput.line("")
        }
        if input.isTerminal {
            try await Interruption.withoutEnding(restoring: input.restoration) {
                try await converse(session, input: input, engine: engine, load: load)
            }
        } else {
            try await converse(session, input: input, engine: engine, load: load)
        }
    }

    private func converse(
        _ beginning: ChatSession, input: ChatInput, engine: TandemEngine, load: Duration
    ) async throws {
        var session = beginning
        var isRefused = false
        while let line = try input.next() {
            do {
                let instruction = ChatInstruction(try line.get())
                guard try await follow(instruction, in: &session, input: input, engine: engine, load: load) else {
                    break
                }
            } catch let error where error is ExitCode || error is OutputError {
                // Nobody could read what else there is to say.
                throw error
            } catch {
                isRefused = true
                try refuse(error)
            }
        }
        // A person has seen it; a program looks at the exit code.
        if isRefused, !input.isTerminal { throw ExitCode.failure }
    }

    /// Does what a line says.
    ///
    /// - Returns: Whether the conversation goes on.
    /// - Throws: Why the line leads to nothing.
    private func follow(
        _ instruction: ChatInstruction, in session: inout ChatSession, input: ChatInput, engine: TandemEngine,
        load: Duration
    ) async throws -> Bool {
        switch instruction {
        case .nothing: break
        case .say(let text): try await answer(text, in: &session, engine: engine, input: input, load: load)
        case .regenerate:
            var earlier = session
            guard let question = earlier.takeBack() else {
                throw CommandError("There is no answer yet to be given again.")
            }
            try await answer(question, in: &earlier, engine: engine, input: input, load: load)
            session = earlier
        case .help: try say(ChatInstruction.helpText)
        case .reset:
            session.reset()
            remark("The conversation is forgotten.")
        case .system(let text?):
            var told = session
            told.system = text
            // A template that has no place for it would refuse every question from here on.
            _ = try engine.tokens(of: told.request(saying: "?"))
            session = told
            remark("The model will be told so.")
        case .system(nil): try say((session.system ?? "The model is told nothing beforehand.") + "\n")
        case .save(let path):
            try session.save(to: path)
            remark("The conversation is in \(path).")
        case .stats: try say(session.statistics(contextLength: engine.contextLength) + "\n")
        case .unknown(let text): throw CommandError(text)
        case .quit: return false
        }
        return true
    }

    private func answer(
        _ text: String, in session: inout ChatSession, engine: TandemEngine, input: ChatInput,
        load: Duration
    ) async throws {
        input.beginListening()
        defer { input.endListening() }
        do {
            let request = session.request(saying: text)
            let answer = StoppableStream()
            var display = AnswerDisplay(isQuiet: quiet || !input.isTerminal, isShown: !json)
            if showDraft { display.painter = DraftPainter(for: .standardOutput) }
            // At a terminal the prompt is the place to leave from; out of a pipe comes one question after another.
            let result = try await Interruption.handling(endsAtSecond: !input.isTerminal) {
                answer.stop()
            } during: {
                let stream = try engine.generate(request)
                answer.begin(stream)
                return try await display.show(stream)
            }
            let report = GenerationReport(result, model: engine.displayName, load: load, drafting: request.drafting)
            if json {
                try StandardOutput.jsonLine(report)
            } else {
                try StandardOutput.write(result.text.hasSuffix("\n") ? "" : "\n")
            }
            session.add(text, answer: result)
            engine.keepCosts()
            switch result.summary.finishReason {
            case .cancelled: remark("(stopped)")
            case .contextFull: remark("(the context is full; /reset begins anew)")
            case .endOfText, .stopString, .tokenLimit: break
            }
            if showDraft, !quiet {
                remark(report.remark)
                // An estimate that cannot be made is no reason to complain of an answer.
                let estimate = try? PlainCost.remark(
                    about: result, drafting: request.drafting, by: engine, threads: self.engine.threads.count,
                    announce: remark)
                if let estimate { remark(estimate) }
            }
            if input.isTerminal, !json { try StandardOutput.write("\n") }
        } catch is CancellationError {
            // Stopped before its turn came: nothing was said.
            remark("(stopped)")
        }
    }

    /// Tells why a line led to nothing. The conversation goes on without it.
    private func refuse(_ error: any Error) throws {
        StandardError.line("\(error)")
        if case .promptTooLong? = error as? GenerationError {
            StandardError.line("/reset forgets the conversation and makes room.")
        }
        if json { try StandardOutput.jsonLine(ChatRefusal(error: "\(error)")) }
    }

    /// What an instruction shows; standard output is for answers alone where a program reads it.
    private func say(_ text: String) throws {
        if json { ProgressBar.writeToStandardError(text) } else { try StandardOutput.write(text) }
    }

    private func remark(_ text: String) {
        if !quiet { StandardError.line(text) }
    }
}

/// What programs get in the place of an answer.
private struct ChatRefusal: Encodable {
    var error: String
}
