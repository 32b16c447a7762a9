import ArgumentParser
import Foundation
import Tandem
import TandemMath
import TandemModels
import TandemText
import TandemTraining

/// `tandem distill`: the large model's own answers as training data.
struct DistillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "distill", abstract: "Let a model answer prompts, and keep what a small one can learn from.",
        discussion: """
            A line of the file of prompts is {"turns": ["…"]}, turn by turn what a user says, or a conversation,
            {"messages": [{"role": "user", "content": "…"}]}, of which the user's side is taken. The model answers every turn.
            With each of its tokens are kept the likeliest tokens at that place and, if asked for, its hidden states. With
            --text the model reads a text instead, and the same is kept for every token of it.

            The folder fills with shards, each of which appears when it is whole. An interrupted run goes on when it is
            started again, and loses only the shards that were under way. What is in a shard does not depend on --batch,
            --threads, --rank or interruptions.

            Several processes share the work with --rank and --ranks; they do not talk to each other, and may write to one
            folder. Under mpirun or srun, --ranks auto takes both numbers from there.

            Examples:
              tandem distill smollm2-135m-instruct --prompts prompts.jsonl --output answers
              tandem distill model.gguf --prompts prompts.jsonl --output held-out --skip 60000 --limit 500
              tandem distill model.gguf --prompts prompts.jsonl --output answers --states store --state 10 --state 20
              tandem distill model.gguf --text book.txt --output book
              mpirun -np 4 tandem distill model.gguf --prompts prompts.jsonl --output answers --ranks auto
            """)

    @OptionGroup var model: ModelArgument

    @Option(help: ArgumentHelp("A file of prompts to answer.", valueName: "path"))
    var prompts: String?

    @Option(help: ArgumentHelp("A text to read instead.", valueName: "path"))
    var text: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("The folder for the shards.", valueName: "path"))
    var output: String

    @Option(help: ArgumentHelp("Leave out so many prompts, or windows of the text, in front.", valueName: "count"))
    var skip = 0

    @Option(help: ArgumentHelp("Take only so many prompts or windows. Left out: all.", valueName: "count"))
    var limit: Int?

    @OptionGroup(title: "Answers") var answers: DistillationAnswerOptions
    @OptionGroup(title: "What is kept") var kept: DistillationKeptOptions
    @OptionGroup(title: "Running") var running: DistillationRunOptions
    @OptionGroup var report: OutputOptions

    func validate() throws {
        guard (prompts == nil) != (text == nil) else {
            throw ValidationError("Give a file of prompts by --prompts, or a text by --text; one of the two.")
        }
        if text != nil, let option = answers.firstUsed {
            throw ValidationError("\(option) says how prompts are answered; a --text is only read.")
        }
        if text == nil, kept.window != nil {
            throw ValidationError("--window says how a --text is cut; prompts are not.")
        }
        if skip < 0 { throw ValidationError("--skip is \(skip), but it must be 0 or more.") }
        if let limit, limit < 1 { throw ValidationError("--limit is \(limit), but it must be 1 or more.") }
    }

    func run() async throws {
        let command = self
        try await report.interruptible(saying: "Stopped. The same command goes on from here.") {
            if let prompts = command.prompts {
                try await command.answer(prompts)
            } else if let text = command.text {
                try await command.read(text)
            }
        }
    }

    private func answer(_ path: String) async throws {
        let questions = try selected(TrainingText.questions(path: path), path: path, kind: "prompts")
        let loaded = try await LoadedTeacher(model, converses: true)
        let folder = try folder(loaded, of: path, count: questions.count)
        let tokenizer = loaded.engine.tokenizer
        let options = folder.record.options
        let share = try running.share()
        try checkSpace(folder, loaded, share) { prompt in
            let turns = questions[prompt].turns
            // A template adds some tokens to every turn.
            let read = turns.reduce(0) {
                $0 + tokenizer.encode($1, specialTokens: .literal, addsBeginning: false).count + 16
            }
            return (read, turns.count * options.maximumTokenCount)
        }
        let distiller = try Distiller(
            loaded.teacher, questions: questions, folder: folder, batchCount: running.batch, pool: running.pool)
        try show("answering", longest: options.maximumTokenCount) {
            try distiller.run(rank: share.rank, of: share.rankCount, report: $0)
        }
    }

    private func read(_ path: String) async throws {
        let loaded = try await LoadedTeacher(model, converses: false)
        let length = kept.windowLength
        let windows = try selected(
            TextDistiller.windows(
                of: TrainingText.plainText(path: path), length: length, tokenizer: loaded.engine.tokenizer),
            path: path, kind: "windows")
        let folder = try folder(loaded, of: path, count: windows.count, windowLength: length)
        let share = try running.share()
        try checkSpace(folder, loaded, share) { (0, windows[$0].count) }
        let distiller = try TextDistiller(loaded.teacher, windows: windows, folder: folder, pool: running.pool)
        try show("reading", longest: length) { try distiller.run(rank: share.rank, of: share.rankCount, report: $0) }
    }

    private func selected<Element>(_ all: [Element], path: String, kind: String) throws -> [Element] {
        let selected = Array(all.dropFirst(skip).prefix(limit ?? .max))
        guard !selected.isEmpty else {
            throw CommandError("\(path) has \(all.count) \(kind), and --skip \(skip) leaves none of them.")
        }
        return selected
    }

    private func folder(
        _ loaded: LoadedTeacher, of path: String, count: Int, windowLength: Int? = nil
    ) throws -> ShardFolder {
        var options = DistillationOptions()
        answers.set(&options)
        try kept.set(&options, for: loaded.engine.model.configuration)
        try options.check(for: loaded.engine.model.configuration)
        var hash = SHA256()
        hash.update(try MappedFile(path: path).bytes)
        return try ShardFolder(
            path: output,
            record: DistillationRecord(
                options: options, model: loaded.engine.displayName, modelHash: try loaded.hash(),
                tokenizerFingerprint: loaded.engine.tokenizer.fingerprint, promptsHash: hash.hexadecimal(),
                skippedPromptCount: skip, promptCount: count, windowLength: windowLength))
    }

    private func checkSpace(
        _ folder: ShardFolder, _ loaded: LoadedTeacher, _ share: (rank: Int, rankCount: Int),
        length: (Int) -> (read: Int, learnt: Int)
    ) throws {
        let space = DistillationSpace(
            folder: folder.path,
            byteCount: folder.expectedByteCount(
                for: loaded.engine.model.configuration, rank: share.rank, of: share.rankCount, length: length))
        report.remark(space.remark)
        try space.check()
    }

    private func show(
        _ label: String, longest: Int,
        _ run: ((DistillationProgress) throws -> Void) throws -> DistillationProgress
    ) throws {
        let bar = ProgressBar(quantity: .counted("tokens"), isQuiet: report.quiet)
        defer { bar.finish(isKept: false) }
        let start = ContinuousClock.now
        var isBegun = false
        let result = try run { progress in
            try Task.checkCancellation()
            let total = progress.expectedAnswerTokenCount(longest: longest)
            if !isBegun { bar.begin(label, total: total) }
            isBegun = true
            bar.advance(to: Double(progress.answerTokenCount), of: total)
        }
        bar.finish(isKept: false)
        let summary = DistillationReport(result, seconds: (ContinuousClock.now - start) / .seconds(1), folder: output)
        if report.json {
            try StandardOutput.json(summary)
        } else {
            report.remark(summary.remark)
        }
    }
}

extension DistillationProgress {
    /// How many tokens this run will make, by those that there are.
    fileprivate func expectedAnswerTokenCount(longest: Int) -> Double {
        let left = Double(promptTotal - promptCount)
        let mean = newPromptCount > tooLongCount ? Double(answerTokenCount) / Double(newPromptCount) : Double(longest)
        return Double(answerTokenCount) + left * min(mean, Double(longest))
    }
}
