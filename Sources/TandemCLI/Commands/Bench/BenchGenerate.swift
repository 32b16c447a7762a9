import ArgumentParser
import Foundation
import Tandem
import TandemBenchmark
import TandemDecoding
import TandemReport
import TandemText

/// `tandem bench generate`: ways of speeding answers up, side by side.
struct BenchGenerateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Compare ways of answering on the same prompts.",
        discussion: """
            All arms answer each prompt in turns, several times; medians count, and ratios are over the large model alone. Texts
            of lossless arms must be the same, token by token; if they are not, the exit code is 1.

            A file of prompts is one kind; results are told kind by kind and in the mean. A .jsonl file has an object a line
            with "turns" (the first is asked) or "prompt"; any other file a question a line.

            Examples:
              tandem bench generate smollm2-135m-instruct --prompts eval/*.jsonl --arms plain,lookup:3,lookup:8
              tandem bench generate model.gguf --prompts questions.txt --temperature 1 --html report.html
              tandem bench generate model.gguf --prompts eval/*.jsonl --conversations 8
              tandem bench generate model.gguf --prompts eval/*.jsonl --peer llama.cpp --draft-model small.gguf
            """)

    @OptionGroup var model: ModelArgument

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Files with prompts, each file one kind, or folders of them.", valueName: "path"))
    var prompts: [String]

    @Option(
        help: ArgumentHelp(
            "What is compared, with commas between. \(ArmCatalogue.help). After a colon may stand how many tokens are guessed "
                + "at once (a number, auto, router), after a plus a rule: tandem:3+rejection.",
            valueName: "arms"))
    var arms = "plain,lookup"

    @OptionGroup(title: "Drafting") var companions: CompanionOptions

    @Option(
        help: ArgumentHelp(
            "The model that the arm 'independent' drafts with: any with the same tokens.", valueName: "model"))
    var independent: String?

    @Option(help: ArgumentHelp("Prompts of each file, spread over it.", valueName: "count"))
    var promptsPerFile = 5

    @Option(help: ArgumentHelp("Tokens of an answer at most.", valueName: "count"))
    var maxTokens = 128

    @Option(help: ArgumentHelp("Times that everything is measured; the median counts.", valueName: "count"))
    var repetitions = 3

    @Option(help: ArgumentHelp("0 always takes the likeliest token.", valueName: "number"))
    var temperature: Float = 0

    @Option(help: ArgumentHelp("What draws are made from.", valueName: "number"))
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Prompts that are answered at once.", valueName: "count"))
    var conversations = 1

    @Flag(help: "Continue the prompts as they stand, without the model's chat template.")
    var raw = false

    @OptionGroup(title: "Another program in the same run") var peer: PeerOptions

    @Option(help: ArgumentHelp("Write a page with tables and charts.", valueName: "path"))
    var html: String?

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var figures: FigureOptions

    func validate() throws {
        let counts = [
            ("prompts-per-file", promptsPerFile, 1...100_000), ("max-tokens", maxTokens, 2...100_000),
            ("repetitions", repetitions, 1...1000), ("conversations", conversations, 1...256),
        ]
        for (name, value, range) in counts { try OptionCheck.range(name, value, range) }
        if peer.name != nil, conversations > 1 {
            throw ValidationError("--peer answers one prompt at a time; it does not go with --conversations.")
        }
        do {
            _ = try chosenArms()
            _ = try Sampling(temperature: temperature)
        } catch { throw ValidationError("\(error)") }
    }

    func run() async throws {
        let meter = LoadMeter()
        let engine = try await loadEngine()
        try attachCompanions(to: engine)
        let prompts = try readPrompts(engine)
        let engineArm = EngineArm(
            engine: engine, sampling: try Sampling(temperature: temperature, seed: seed), maximumTokenCount: maxTokens)
        var all = try chosenArms().map { engineArm.arm($0.name, $0.drafting) }
        var setting = GenerationBenchReport.Setting(
            model: engine.displayName, threads: threads.count, temperature: temperature, seed: seed,
            maxTokens: maxTokens, conversations: conversations, prompts: prompts.count, repetitions: repetitions)
        if peer.name != nil {
            let longest = prompts.map(\.tokens.count).max() ?? 0
            let arms = try peer.arms(
                model: try model.path(), threads: threads.count, context: longest + maxTokens + 64,
                end: engine.endOfText.sorted(), temperature: temperature, seed: seed, maximumTokenCount: maxTokens,
                meter: meter)
            setting.peer = try arms.peer.version()
            all += arms.arms
        }
        let benchmark = GenerationBenchmark(
            arms: all, prompts: prompts, conversations: conversations, repetitions: repetitions, meter: meter)
        let bar = ProgressBar(quantity: .counted("answers"), isQuiet: figures.output.quiet)
        bar.begin("comparing", total: Double(benchmark.turnCount))
        defer { bar.finish(isKept: false) }
        let comparison = try await benchmark.run { bar.advance(to: Double($0)) }
        bar.finish(isKept: false)
        try write(GenerationBenchReport(comparison, setting: setting))
    }

    private func write(_ report: GenerationBenchReport) throws {
        if let html {
            let command = CommandLine.arguments.map(Self.shellQuoted).joined(separator: " ")
            let page = report.page(command: "tandem " + command.drop { $0 != " " }.dropFirst()).html
            do {
                try Data(page.utf8).write(to: URL(fileURLWithPath: html), options: .atomic)
            } catch {
                throw CommandError("\(html) cannot be written: \(error.localizedDescription)")
            }
        }
        try figures.write(report)
        guard report.differences.isEmpty else {
            throw CommandError(
                "Texts that must be the same differ: \(report.differences.count), the first in the table above. "
                    + "That is an error of this program; please report it with the command.")
        }
    }

    /// The arms with their names; the large model alone comes first, because the others are compared with it.
    private func chosenArms() throws -> [(name: String, drafting: GenerationRequest.Drafting)] {
        var names = arms.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        names.removeAll { $0 == "plain" }
        var seen: Set<String> = []
        names = ["plain"] + names.filter { seen.insert($0).inserted }
        return try names.map { ($0, try ArmCatalogue.drafting(for: $0)) }
    }

    private func loadEngine() async throws -> TandemEngine {
        var options = TandemEngine.Options()
        options.threadCount = threads.count
        options.limits.conversationCount = conversations
        // Nothing is remembered from arm to arm.
        options.limits.retainedCount = 0
        let engine = try await TandemEngine.load(try model.path(), options: options)
        if !raw { try engine.checkConverses("give --raw to continue the prompts as they stand") }
        return engine
    }

    /// Puts the models beside the large one that some arm drafts with.
    private func attachCompanions(to engine: TandemEngine) throws {
        let drafters = Set(try chosenArms().map(\.drafting.drafter))
        if drafters.contains(.automatic) { _ = try companions.attachTandem(to: engine, at: try model.path()) }
        if drafters.contains(.tandem) || drafters.contains(.lookupThenTandem) {
            let path = try companions.attachTandem(to: engine, at: try model.path())
            guard engine.companions.tandem != nil else {
                throw CommandError(
                    path == nil
                        ? "No bundle belongs to \(engine.displayName): give one with --tandem, or leave its arms out."
                        : "\(path ?? "") was trained without memory; give it with --independent.")
            }
        }
        if drafters.contains(.independent) {
            guard let independent else {
                throw CommandError("The arm 'independent' needs a model: --independent MODEL.")
            }
            try CompanionOptions.attachIndependent(independent, to: engine)
        }
    }

    private func readPrompts(_ engine: TandemEngine) throws -> [BenchmarkPrompt] {
        var all: [BenchmarkPrompt] = []
        var kinds: Set<String> = []
        for path in try PromptFile.paths(in: prompts) {
            let file = try PromptFile(path: path)
            // Files of one name in two folders are two kinds.
            let kind = kinds.insert(file.kind).inserted ? file.kind : path
            let questions = file.sample(promptsPerFile)
            guard questions.count >= conversations else {
                throw CommandError(
                    "\(path): \(questions.count.counted("prompt")) cannot be answered \(conversations) at once, which is done kind by kind; "
                        + "give as many prompts of each (--prompts-per-file), or fewer --conversations.")
            }
            for question in questions {
                let prompt: GenerationRequest.Prompt =
                    raw ? .text(question.text) : .chat([ChatMessage(role: "user", content: question.text)])
                let tokens = try engine.tokens(of: GenerationRequest(prompt: prompt))
                guard tokens.count + maxTokens <= engine.contextLength else {
                    throw CommandError(
                        "\(path), \(question.name): \(tokens.count) tokens and an answer of \(maxTokens) do not fit into "
                            + "the model's \(engine.contextLength); give a smaller --max-tokens.")
                }
                all.append(BenchmarkPrompt(kind: kind, name: question.name, tokens: tokens))
            }
        }
        return all
    }

    /// A word as a shell takes it.
    private static func shellQuoted(_ word: String) -> String {
        let isPlain = !word.isEmpty && word.allSatisfy { $0.isLetter || $0.isNumber || "-_./,:=+@%".contains($0) }
        return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
