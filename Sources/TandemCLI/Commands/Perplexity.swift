import ArgumentParser
import Foundation
import Tandem
import TandemCheckpoint
import TandemMath
import TandemModels
import TandemText

/// `tandem perplexity`: how well a model predicts a text.
struct PerplexityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "perplexity", abstract: "Measure how well a model predicts a text.",
        discussion: """
            The text is cut into windows of --context tokens, and each is read with nothing before it. Every token but a
            window's first is predicted from those before it in the window. (llama.cpp counts the second half of each window
            only, so its figure is lower.) If the model was trained with a token at the beginning of texts, each window
            begins with it.

            Examples:
              tandem perplexity smollm2-135m-instruct book.txt
              tandem perplexity model.gguf book.txt --tokens 10000 --json
              tandem perplexity model.gguf --ids ids.json --logits logits.f32
            """)

    @OptionGroup var model: ModelArgument

    @Argument(help: ArgumentHelp("The text; - is standard input.", valueName: "file"))
    var file: String?

    @Option(help: ArgumentHelp("A JSON array of ids to read instead of a text, as they are.", valueName: "path"))
    var ids: String?

    @Option(
        help: ArgumentHelp(
            "Tokens in a window. Left out: 512, or as many as the model was made for if those are fewer.",
            valueName: "count"))
    var context: Int?

    @Option(help: ArgumentHelp("Read only the first so many tokens.", valueName: "count"))
    var tokens: Int?

    @Option(
        help: ArgumentHelp(
            "Write the logits of every position, in order: rows of little-endian 32-bit floats. A file is there when it is "
                + "whole; a pipe gets them as they come.",
            valueName: "path"))
    var logits: String?

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (file == nil) != (ids == nil) else {
            throw ValidationError("Give a text file, or --ids; one of the two.")
        }
        // One token to predict from, one to predict.
        try OptionCheck.range("context", context, 2...16_777_216)
        if let tokens, tokens < 2 {
            throw ValidationError("--tokens is \(tokens), but it must be at least 2.")
        }
    }

    func run() async throws {
        let checkpoint = try model.open()
        let windowLength = try windowLength(for: checkpoint)
        let tokens = try read(BytePairTokenizer(TokenizerDefinition(of: checkpoint)), windowLength: windowLength)
        guard tokens.count >= 2 else {
            throw CommandError("\(ids ?? file ?? "The text") has \(tokens.count) tokens; at least 2 are needed.")
        }
        let vocabularyCount = checkpoint.configuration.vocabularyCount
        for token in tokens where token >= vocabularyCount {
            throw ModelError.unknownToken(token, vocabularyCount: vocabularyCount)
        }
        guard let logits, !NumberFile.isStream(logits) else {
            // Ctrl-C ends the program by itself: there is nothing to remove, and a pipe may keep us waiting.
            return try measure(tokens, of: checkpoint, windowLength: windowLength)
        }
        let command = self
        try await output.interruptible(saying: "Stopped. Nothing was written.") {
            try command.measure(tokens, of: checkpoint, windowLength: windowLength)
        }
    }

    /// Reads the tokens, writes their logits, and shows how well they were predicted.
    private func measure(_ tokens: [Int], of checkpoint: any ModelCheckpoint, windowLength: Int) throws {
        let pool = ComputePool(threadCount: threads.count)
        let large = try LargeModel(checkpoint, pool: pool)
        let numbers = try logits.map(NumberFile.init(path:))
        var perplexity = Perplexity()
        let bar = ProgressBar(quantity: .counted("tokens"), isQuiet: output.quiet)
        bar.begin("reading", total: Double(tokens.count))
        defer { bar.finish(isKept: false) }
        let start = ContinuousClock.now
        try WindowedReader(model: large, pool: pool).read(tokens, windowLength: windowLength) { chunk, window, logits in
            try Task.checkCancellation()
            for position in chunk where position + 1 < window.upperBound {
                perplexity.add(tokens[position + 1], predictedBy: position - chunk.lowerBound, of: logits)
            }
            try numbers?.append(logits)
            bar.advance(to: Double(chunk.upperBound))
        }
        let duration = ContinuousClock.now - start
        try numbers?.finish()
        bar.finish(isKept: false)
        try show(perplexity, readCount: tokens.count, windowLength: windowLength, duration: duration)
    }

    /// Tokens in a window: what was asked for, as far as the model goes.
    private func windowLength(for checkpoint: any ModelCheckpoint) throws -> Int {
        let greatest = max(2, checkpoint.configuration.contextLength)
        guard let context else { return min(512, greatest) }
        guard context <= greatest else {
            throw CommandError(
                "--context is \(context), but \(checkpoint.displayName) was made for \(greatest) positions; give no more "
                    + "than those.")
        }
        return context
    }

    /// The tokens of all windows, one after another.
    private func read(_ tokenizer: some Tokenizer, windowLength: Int) throws -> [Int] {
        if let ids {
            guard let all = JSONInput.integers(try TextInput.read(file: ids).utf8) else {
                throw CommandError("\(ids) is not a JSON array of ids.")
            }
            try tokenizer.check(all, place: ids)
            return Array(all.prefix(tokens ?? .max))
        }
        let windows = TextWindows(
            of: try TextInput.read(file: file ?? "-"), length: windowLength, tokenCount: tokens ?? .max,
            tokenizer: tokenizer)
        return Array(windows.all.joined())
    }

    private func show(_ perplexity: Perplexity, readCount: Int, windowLength: Int, duration: Duration) throws {
        guard let value = perplexity.value, let surprise = perplexity.meanSurprise else {
            throw CommandError("There is no token to predict: each window has one token.")
        }
        let seconds = duration / .seconds(1)
        if output.json {
            return try StandardOutput.json(
                PerplexityReport(
                    perplexity: value, standardError: perplexity.error, meanSurprise: surprise,
                    tokens: perplexity.tokenCount, read: readCount, context: windowLength,
                    likeliestShare: perplexity.likeliestShare, seconds: seconds,
                    tokensPerSecond: Double(readCount) / seconds))
        }
        let error = perplexity.error.map { String(format: " ± %.4f", $0) } ?? ""
        try StandardOutput.line(String(format: "perplexity %.4f", value) + error)
        output.remark(
            "\(perplexity.tokenCount) tokens predicted in windows of \(windowLength), "
                + String(
                    format: "%.1f %% of them the likeliest; %.0f tokens/s", 100 * (perplexity.likeliestShare ?? 0),
                    Double(readCount) / seconds))
    }
}

/// The result for programs.
private struct PerplexityReport: Encodable {
    var perplexity: Double
    var standardError: Double?
    var meanSurprise: Double
    var tokens: Int
    var read: Int
    var context: Int
    var likeliestShare: Double?
    var seconds: Double
    var tokensPerSecond: Double

    enum CodingKeys: String, CodingKey {
        case perplexity, tokens, context, seconds
        case standardError = "standard_error"
        case meanSurprise = "mean_surprise"
        case read = "tokens_read"
        case likeliestShare = "likeliest_share"
        case tokensPerSecond = "tokens_per_second"
    }
}
