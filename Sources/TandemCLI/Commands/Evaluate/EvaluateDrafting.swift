import ArgumentParser
import Foundation
import Tandem
import TandemCheckpoint
import TandemHub
import TandemJSON
import TandemMath
import TandemModels
import TandemText
import TandemTraining

/// `tandem evaluate drafting`, or `tandem evaluate` alone: how well a small model predicts what its large one says.
struct EvaluateDraftingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drafting",
        abstract: "Measure how well a small model drafts: what 'evaluate' does if nothing else is named.",
        discussion: """
            Reads texts with both models and tells, for every place in a block of drafted tokens, how often the small
            model's most probable token is the text's next one and the large model's too, and how near its distribution
            is to the large model's. 'else second' says how often, where the small model's first choice is not the large
            model's, its second is: what a second branch would catch.

            Over the documents that the large model gives greedily, every token being its most probable one, rounds of
            greedy speculative decoding are replayed exactly: how many tokens a round brings, for every block length. In
            answers that were drawn and in found texts greedy decoding would have gone on differently; of them nothing is
            said about rounds.

            Texts are answers that 'tandem distill' has stored (only tokens of answers count), or any text file, cut into
            windows. Errors are standard errors over documents.

            Examples:
              tandem evaluate smollm2-tandem --model smollm2-135m-instruct --data answers
              tandem evaluate run --data answers-held-out --documents 300 --save
              tandem evaluate run --model smollm2-135m-instruct --text valid.txt --tokens 20000
              tandem evaluate smollm2-tandem --model model.gguf --data answers --documents 300 --json
            """)

    @Argument(help: ArgumentHelp("A bundle, or the folder of a finished training run.", valueName: "bundle"))
    var bundle: String

    @Option(
        help: ArgumentHelp(
            "The large model: a name that was pulled, a GGUF file, or a Hugging Face directory. Left out: the one that the bundle "
                + "names.", valueName: "model"))
    var model: String?

    @Option(
        help: ArgumentHelp(
            "Answers: a folder of shards, or a token file. May be given several times.", valueName: "path"))
    var data: [String] = []

    @Option(help: ArgumentHelp("A text file instead.", valueName: "file"))
    var text: String?

    @Option(help: ArgumentHelp("The longest block.", valueName: "count"))
    var gamma = 8

    @Option(
        help: ArgumentHelp(
            "Read at most so many documents, or windows of the text, evenly spread over all.", valueName: "count"))
    var documents: Int?

    @Option(help: ArgumentHelp("Read at most so many tokens of the text.", valueName: "count"))
    var tokens: Int?

    @Option(
        help: ArgumentHelp(
            "Tokens of a window of text, and the most that are read of a document. Left out: 512, or what the model's "
                + "context holds.", valueName: "count"))
    var window: Int?

    @Option(
        help: ArgumentHelp(
            "Weights of the small model: stored (as the bundle has them), training (as it was trained), or a format.",
            valueName: "form"))
    var form = "stored"

    @Flag(help: "Leave out how often both models draw the same token with shared noise.")
    var greedyOnly = false

    @Flag(help: "Put the result into the bundle as well: evaluation.json, and a section of its card.")
    var save = false

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var output: OutputOptions

    private static let formats = TensorFormat.allCases.filter(\.isEncodable)

    func validate() throws {
        guard data.isEmpty != (text == nil) else {
            throw ValidationError("Give --data or --text, one of the two.")
        }
        try OptionCheck.range("gamma", gamma, 1...64)
        try OptionCheck.range("documents", documents, 1...Int.max)
        try OptionCheck.range("tokens", tokens, 2...Int.max)
        try OptionCheck.range("window", window, 2...1_048_576)
        if form != "stored", form != "training", !Self.formats.contains(where: { $0.rawValue.lowercased() == form }) {
            let possible = ["stored", "training"] + Self.formats.map { $0.rawValue.lowercased() }
            throw ValidationError("--form is '\(form)', but it must be one of \(possible.joined(separator: ", ")).")
        }
        guard !save || form == "stored" else {
            throw ValidationError("--save keeps figures of the weights as the bundle stores them; leave out --form.")
        }
    }

    func run() async throws {
        let bundle = try TandemBundle(path: Self.bundlePath(bundle))
        if save { try bundle.requireFolder() }
        let name = model ?? bundle.large.source ?? bundle.large.name
        let checkpoint = try CheckpointReader.open(ModelStore(root: HubSettings.current().root).locate(name).path)
        let pool = ComputePool(threadCount: threads.count)
        let large = try LargeModel(checkpoint, pool: pool)
        let small = try bundle.smallModel(for: large, form: smallForm(bundle), pool: pool)
        let texts = try documents(of: checkpoint)
        let evaluation = try DraftEvaluation(
            of: [small], beside: large, settings: .init(blockLength: gamma, samples: !greedyOnly), pool: pool)
        let bar = ProgressBar(quantity: .counted("tokens"), isQuiet: output.quiet)
        bar.begin("reading", total: Double(texts.reduce(0) { $0 + $1.tokens.count }))
        defer { bar.finish(isKept: false) }
        let start = ContinuousClock.now
        var readCount = 0
        for document in texts {
            try evaluation.add(document)
            readCount += document.tokens.count
            bar.advance(to: Double(readCount))
        }
        bar.finish(isKept: false)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let report = evaluation.reports[0]
        if save { try write(report, into: bundle) }
        if output.json {
            return try StandardOutput.json(
                EvaluationDocumentReport(
                    bundle: bundle.path, model: checkpoint.path, source: text ?? data.joined(separator: " "),
                    form: formName(bundle),
                    evaluation: report, seconds: seconds))
        }
        try StandardOutput.write(EvaluationText(report).text)
        output.remark(
            String(format: "%d tokens read in %.1f s", readCount, seconds)
                + ", the small model's weights in \(formName(bundle)).")
        if save { output.remark("\(bundle.path)/evaluation.json has every figure, README.md the main ones.") }
    }

    /// Puts the result into the bundle. Paths of this machine do not belong there: sources lose their folders.
    private func write(_ report: EvaluationReport, into bundle: TandemBundle) throws {
        let sources = (text.map { [$0] } ?? data).map { URL(fileURLWithPath: $0).lastPathComponent }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let document = try encoder.encode(
            SavedEvaluation(source: sources.joined(separator: ", "), form: formName(bundle), evaluation: report))
        try bundle.addEvaluation(
            JSONValue(parsing: [UInt8](document)),
            figures: DraftFigures(report).figures(on: text == nil ? "document" : "window"))
    }

    /// A bundle by itself, or that of a run.
    static func bundlePath(_ path: String) throws -> String {
        guard !TandemBundle.isBundle(path) else { return path }
        let inside = path + "/bundle"
        if TandemBundle.isBundle(inside) { return inside }
        guard !FileManager.default.fileExists(atPath: path + "/checkpoints") else {
            throw CommandError(
                "The run in \(path) is not finished and has no bundle yet; the command that began it goes on with it.")
        }
        return path
    }

    private func smallForm(_ bundle: TandemBundle) -> SmallModel.Form {
        if form == "training" { return .training }
        return .packed(Self.formats.first { $0.rawValue.lowercased() == form } ?? bundle.storage.format)
    }

    /// For reports: the format of the weights that drafted.
    private func formName(_ bundle: TandemBundle) -> String {
        switch smallForm(bundle) {
        case .training: "training"
        case .packed(let format): format.rawValue.lowercased()
        }
    }

    /// How many tokens of a window or a document are read: no more than the model's context holds.
    private func window(of checkpoint: any ModelCheckpoint) throws -> Int {
        let context = checkpoint.configuration.contextLength
        guard let window else { return min(512, max(2, context)) }
        guard window <= context else {
            throw CommandError(
                "Windows of \(window) tokens do not fit a context of \(context). Give a shorter --window.")
        }
        return window
    }

    private func documents(of checkpoint: any ModelCheckpoint) throws -> [EvaluationDocument] {
        let window = try window(of: checkpoint)
        if let text {
            let tokenizer = BytePairTokenizer(try TokenizerDefinition(of: checkpoint))
            let windows = try EvaluationDocument.windows(
                of: TextInput.read(file: text), tokenizer: tokenizer, window: window, tokenCount: tokens ?? .max)
            let count = min(windows.count, documents ?? windows.count)
            return (0..<count).map { windows[$0 * windows.count / count] }
        }
        let data = try TrainingData(paths: data)
        if case .missing = checkpoint.tokenizerSource {
        } else {
            try data.requireTokenizer(BytePairTokenizer(TokenizerDefinition(of: checkpoint)).fingerprint)
        }
        let all = try EvaluationDocument.documents(of: data, count: documents, longest: window)
        guard let tokens else { return all }
        var count = 0
        return all.prefix { document in
            defer { count += document.tokens.count }
            return count < tokens
        }
    }
}

/// The result for programs.
private struct EvaluationDocumentReport: Encodable {
    var bundle: String
    var model: String
    var source: String
    var form: String
    var evaluation: EvaluationReport
    var seconds: Double
}

/// The result in a bundle, which knows its model.
private struct SavedEvaluation: Encodable {
    var source: String
    var form: String
    var evaluation: EvaluationReport
}
