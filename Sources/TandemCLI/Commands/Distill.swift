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
            With each of its tokens are kept the likeliest tokens at that place and, if asked for, its hidden states.

            With --text the model reads a text instead, and the same is kept for every token of it. With --conversations it
            reads conversations that somebody else has led, a line each: {"messages": [{"role": "user", "content": "…"},
            {"role": "assistant", "content": "…"}, …]}, with 'system' as a third role. What the assistant says is learnt,
            up to the token that ends it; what others say is only read.

            The folder fills with shards, each of which appears when it is whole. An interrupted run goes on when it is
            started again, and loses only the shards that were under way. What is in a shard does not depend on --batch,
            --threads, --rank or interruptions.

            Several processes share the work with --rank and --ranks; they do not talk to each other, and may write to one
            folder. Under mpirun or srun, --ranks auto takes both numbers from there.

            Examples:
              tandem distill smollm2-135m-instruct --prompts prompts.jsonl --output answers --states store
              tandem distill model.gguf --prompts prompts.jsonl --output held-out --skip 60000 --limit 500
              tandem distill model.gguf --prompts prompts.jsonl --output answers --states store --state 10 --state 20
              tandem distill model.gguf --text book.txt --output book
              tandem distill model.gguf --conversations chats.jsonl --output chats --states store
              mpirun -np 4 tandem distill model.gguf --prompts prompts.jsonl --output answers --ranks auto
            """)

    @OptionGroup var model: ModelArgument

    @Option(help: ArgumentHelp("A file of prompts to answer.", valueName: "path"))
    var prompts: String?

    @Option(help: ArgumentHelp("A text to read instead.", valueName: "path"))
    var text: String?

    @Option(help: ArgumentHelp("A file of conversations to read instead.", valueName: "path"))
    var conversations: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("The folder for the shards.", valueName: "path"))
    var output: String

    @Option(
        help: ArgumentHelp(
            "Leave out so many prompts, conversations or windows of the text in front.", valueName: "count"))
    var skip = 0

    @Option(help: ArgumentHelp("Take only so many of them. Left out: all.", valueName: "count"))
    var limit: Int?

    @OptionGroup(title: "Answers") var answers: DistillationAnswerOptions
    @OptionGroup(title: "What is kept") var kept: DistillationKeptOptions
    @OptionGroup(title: "Running") var running: DistillationRunOptions
    @OptionGroup var report: OutputOptions

    func validate() throws {
        guard [prompts, text, conversations].count(where: { $0 != nil }) == 1 else {
            throw ValidationError(
                "Give a file of prompts by --prompts, a text by --text, or conversations by --conversations; one of the "
                    + "three.")
        }
        if prompts == nil, let option = answers.firstUsed(besides: conversations == nil ? [] : ["--system"]) {
            throw ValidationError("\(option) says how prompts are answered; texts and conversations are only read.")
        }
        if prompts == nil, running.batch != nil {
            throw ValidationError("--batch says how many prompts are answered at once; texts are read one by one.")
        }
        if text == nil, kept.window != nil {
            throw ValidationError("--window says how a --text is cut; prompts and conversations are not.")
        }
        if skip < 0 { throw ValidationError("--skip is \(skip), but it must be 0 or more.") }
        if let limit, limit < 1 { throw ValidationError("--limit is \(limit), but it must be 1 or more.") }
    }

    func run() async throws {
        let command = self
        let share = try running.share()
        try await report.interruptible(saying: "Stopped. The same command goes on from here.") {
            if let prompts = command.prompts {
                try await command.answer(prompts, share)
            } else if let text = command.text {
                try await command.read(text, share)
            } else if let conversations = command.conversations {
                try await command.read(conversations: conversations, share)
            }
        }
    }

    private typealias Share = (rank: Int, rankCount: Int)

    private func answer(_ path: String, _ share: Share) async throws {
        let questions = try selected(TrainingText.questions(path: path), path: path, kind: "prompts")
        let loaded = try await load(converses: true)
        let folder = try folder(loaded, of: path, count: questions.count)
        let options = folder.record.options
        try checkSpace(folder, loaded, share) { prompt in
            let turns = questions[prompt].turns
            return (
                turns.reduce(0) { $0 + Self.length(of: $1, loaded) }, turns.count * options.maximumTokenCount
            )
        }
        let distiller = try Distiller(
            loaded.teacher, questions: questions, folder: folder, batchCount: running.batchCount, pool: running.pool)
        try show("answering", longest: options.maximumTokenCount) {
            try distiller.run(rank: share.rank, of: share.rankCount, report: $0)
        }
    }

    private func read(_ path: String, _ share: Share) async throws {
        let loaded = try await load(converses: false)
        let length = kept.windowLength
        let windows = try selected(
            TextDistiller.windows(
                of: TrainingText.plainText(path: path), length: length, tokenizer: loaded.engine.tokenizer),
            path: path, kind: "windows")
        let folder = try folder(loaded, of: path, count: windows.count, windowLength: length)
        try checkSpace(folder, loaded, share) { (0, windows[$0].count) }
        let distiller = try TextDistiller(loaded.teacher, windows: windows, folder: folder, pool: running.pool)
        try show("reading", longest: length) { try distiller.run(rank: share.rank, of: share.rankCount, report: $0) }
    }

    private func read(conversations path: String, _ share: Share) async throws {
        let conversations = try selected(
            TrainingText.conversations(path: path), path: path, kind: "conversations")
        let loaded = try await load(converses: true)
        let folder = try folder(loaded, of: path, count: conversations.count, readsConversations: true)
        try checkSpace(folder, loaded, share) { conversation in
            let messages = conversations[conversation].messages
            func length(_ messages: [TrainingConversation.Message]) -> Int {
                messages.reduce(0) { $0 + Self.length(of: $1.content, loaded) }
            }
            return (
                length(messages.filter { $0.role != "assistant" }), length(messages.filter { $0.role == "assistant" })
            )
        }
        let distiller = try ConversationDistiller(
            loaded.teacher, conversations: conversations, folder: folder, pool: running.pool)
        try show("reading", longest: folder.record.options.maximumTokenCount) {
            try distiller.run(rank: share.rank, of: share.rankCount, report: $0)
        }
    }

    private func load(converses: Bool) async throws -> LoadedTeacher {
        try await LoadedTeacher(model, converses: converses, threadCount: running.threads.count)
    }

    /// About how many tokens a message has: a template adds some to every one.
    private static func length(of message: String, _ loaded: LoadedTeacher) -> Int {
        loaded.engine.tokenizer.encode(message, specialTokens: .literal, addsBeginning: false).count + 16
    }

    private func selected<Element>(_ all: [Element], path: String, kind: String) throws -> [Element] {
        let selected = Array(all.dropFirst(skip).prefix(limit ?? .max))
        guard !selected.isEmpty else {
            throw CommandError("\(path) has \(all.count) \(kind), and --skip \(skip) leaves none of them.")
        }
        return selected
    }

    private func folder(
        _ loaded: LoadedTeacher, of path: String, count: Int, windowLength: Int? = nil,
        readsConversations: Bool = false
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
                skippedPromptCount: skip, promptCount: count, windowLength: windowLength,
                readsConversations: readsConversations))
    }

    private func checkSpace(
        _ folder: ShardFolder, _ loaded: LoadedTeacher, _ share: Share,
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
