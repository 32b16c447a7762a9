import ArgumentParser
import Tandem

/// How the engine runs a model and when an answer ends: what `generate` and `chat` have in common.
struct EngineOptions: ParsableArguments {
    @OptionGroup var model: ModelArgument

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Tokens that prompt and answer may have together. Left out: as many as the model was made for.",
            valueName: "count"))
    var context: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Tokens of an answer at most. Left out: as many as the context holds.", valueName: "count"))
    var maxTokens: Int?

    @Option(
        name: .customLong("stop"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "End the answer before this text. May be given several times.", valueName: "text"))
    var stopStrings: [String] = []

    @OptionGroup(title: "Drafting") var speculation: DraftOptions
    @OptionGroup var threads: ThreadOptions

    func validate() throws {
        try OptionCheck.range("context", context, 2...16_777_216)
        if let maxTokens, maxTokens < 0 {
            throw ValidationError("--max-tokens is \(maxTokens), but it must be 0 or more.")
        }
        if stopStrings.contains("") {
            throw ValidationError("--stop is an empty text, but it must have one character or more.")
        }
    }

    /// Loads the model, off the calling thread.
    func load(retainedCount: Int, rowCount: Int? = nil) async throws -> TandemEngine {
        var options = TandemEngine.Options()
        options.threadCount = threads.count
        options.contextLength = context
        options.limits.conversationCount = 1
        options.limits.retainedCount = retainedCount
        if let rowCount { options.limits.rowCount = rowCount }
        return try await TandemEngine.load(try model.path(), options: options)
    }

    /// Puts beside the model what drafts for it, and tells it what passes cost here, if that is known.
    ///
    /// - Returns: How answers are sped up.
    func prepare(_ engine: TandemEngine) throws -> GenerationRequest.Drafting {
        let attached = try speculation.attach(to: engine, at: try model.path())
        KnownCosts(
            model: engine.model.fingerprint, threads: threads.count, drafters: attached.drafters, in: try .standard()
        ).serve(engine)
        return attached.drafting
    }

    /// A sentence if the model has fewer positions than were asked for.
    func remark(about engine: TandemEngine) -> String? {
        guard let context, context > engine.contextLength else { return nil }
        return
            "The model was made for \(engine.contextLength) positions; --context \(context) gives no more than those."
    }
}
