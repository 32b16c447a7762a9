import Foundation
import TandemDecoding
import TandemMath
import TandemModels
import TandemTestSupport
import TandemText
import Testing

@testable import TandemTraining

struct DistillationTests {
    let folder: TemporaryFolder
    let pool = ComputePool(threadCount: 2)

    init() throws { folder = try TemporaryFolder() }

    /// A model of bytes that speaks like `<|user|>Hi<|end|><|model|>`. It ends answers often, and not only as its template does.
    func teacher(contextLength: Int = 200) throws -> Teacher {
        let tokenizer = ByteTokenizer(specialTokens: ["<|user|>", "<|model|>", "<|system|>"])
        let model = try LargeModel(
            RandomModel(
                TransformerConfiguration(
                    architecture: .llama, vocabularyCount: 264, width: 32, layerCount: 2, headCount: 2,
                    keyValueHeadCount: 1, feedForwardWidth: 48, contextLength: contextLength)), pool: pool)
        let text: @Sendable ([ChatMessage]) -> String = { messages in
            messages.map { message in
                let role = message.role == "assistant" ? "model" : message.role
                guard case .text(let content)? = message.content else { return "" }
                return "<|\(role)|>\(content)<|end|>"
            }.joined() + "<|model|>"
        }
        return Teacher(
            model: model, tokenizer: tokenizer, endOfText: Set(stride(from: 0, through: 256, by: 8)),
            text: { PromptText(text($0)) },
            tokens: { tokenizer.encode(text($0), specialTokens: .parsed, addsBeginning: false) })
    }

    private let questions = (0..<13).map { index in
        Question(
            system: index % 5 == 0 ? "Be brief." : nil,
            turns: (0...(index % 3)).map { "Question \(index), turn \($0)" + String(repeating: "?", count: index) })
    }

    var options: DistillationOptions {
        var options = DistillationOptions()
        options.maximumTokenCount = 9
        options.shardPromptCount = 4
        options.topCount = 5
        options.states = [1, 2]
        options.seed = 3
        return options
    }

    private func open(
        _ name: String, _ options: DistillationOptions? = nil, questions: [Question]? = nil
    ) throws -> ShardFolder {
        let record = DistillationRecord(
            options: options ?? self.options, model: "tiny", modelHash: "abc", tokenizerFingerprint: "bytes",
            promptsHash: "def", skippedPromptCount: 0, promptCount: (questions ?? self.questions).count)
        return try ShardFolder(path: folder.file(name), record: record)
    }

    private func files(_ name: String) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.file(name)) {
            files[file] = try Data(contentsOf: URL(fileURLWithPath: folder.file(name) + "/" + file))
        }
        return files
    }

    @Test func `the bytes depend neither on batch, threads and ranks nor on interruptions`() throws {
        let teacher = try teacher()
        func distiller(_ name: String, batch: Int, threads: Int = 1) throws -> Distiller {
            try Distiller(
                teacher, questions: questions, folder: open(name), batchCount: batch,
                pool: ComputePool(threadCount: threads))
        }
        let progress = try distiller("one by one", batch: 1).run()
        #expect(progress.promptCount == 13 && progress.promptTotal == 13 && progress.shardCount == 4)
        let expected = try files("one by one")
        #expect(expected.count == 13)

        try distiller("together", batch: 7, threads: 2).run()
        #expect(try files("together") == expected)

        for rank in [2, 0, 1] { try distiller("ranks", batch: 3).run(rank: rank, of: 3) }
        #expect(try files("ranks") == expected)

        struct Interruption: Error {}
        var runCount = 0
        var isDone = false
        while !isDone {
            runCount += 1
            var reportCount = 0
            do {
                try distiller("interrupted", batch: 3).run { _ in
                    reportCount += 1
                    if reportCount > 32 { throw Interruption() }
                }
                isDone = true
            } catch is Interruption {
                #expect(try files("interrupted").keys.allSatisfy { !$0.hasSuffix(".partial") })
                // As a process leaves it that had no time to clean up.
                let path = folder.file("interrupted/shard-00003.top.x.partial")
                try Data([1]).write(to: URL(fileURLWithPath: path))
                try #require(runCount < 20)
            }
        }
        #expect(runCount > 1)
        #expect(try files("interrupted") == expected)
        let again = try distiller("interrupted", batch: 3).run()
        #expect(again.newPromptCount == 0 && again.promptCount == 13 && again.answerTokenCount == 0)
    }

    @Test func `what is kept is what one pass over the document gives`() throws {
        let teacher = try teacher()
        try Distiller(teacher, questions: questions, folder: open("a"), batchCount: 4, pool: pool).run()
        let data = try TrainingData(paths: [folder.file("a")])
        #expect(data.documentCount >= 13 && data.topCount == 5 && data.hasStates == [1, 2])
        let scratch = ModelScratch(teacher.model.configuration)
        let ones = Matrix(rows: 1, columns: 32, values: [Float](repeating: 1, count: 32))
        var answers: [Int: Int] = [:]
        for document in 0..<data.documentCount {
            let range = data.document(document)
            let (tokens, marks) = (try data.tokens(range), data.marks(range))
            let top = try #require(try data.topTokens(range))
            let cache = teacher.model.makeCache(capacity: tokens.count)
            let output = try teacher.model.forward(
                [ModelSpan(cache: cache, tokens: Array(tokens.dropLast()), logits: .all)], capturing: [1, 2],
                scratch: scratch, pool: pool)
            let (likeliest, logarithms) = Kernels.likeliestTokens(output.logits.allRows, count: 5, on: pool)
            for position in 0..<tokens.count - 1 where marks[position + 1] {
                let entries = position * 5..<position * 5 + 5
                #expect(top.tokens[entries] == likeliest[entries])
                #expect(top.logProbabilities[entries] == logarithms[entries])
            }
            for state in [1, 2] {
                let stored = Matrix(rows: range.count, columns: 32)
                try data.states(range, state: state, into: stored)
                let captured = try #require(output.hiddenStates[state])
                let normal = Matrix(rows: captured.rows, columns: 32)
                Kernels.rmsNorm(
                    captured, weight: ones, epsilon: teacher.model.configuration.normEpsilon, into: normal, pool: pool)
                for row in 0..<captured.rows {
                    #expect(stored.row(row) == normal.row(row).map { Float(halfPrecisionBits: $0.halfPrecisionBits) })
                }
            }
            // Runs of marks are answers; each ends with a token that ends answers, or is as long as it may be.
            for answer in marks.indices.split(whereSeparator: { !marks[$0] }) {
                answers[answer.count, default: 0] += 1
                #expect(answer.count == 9 || teacher.endOfText.contains(tokens[answer.endIndex - 1]))
                #expect(!answer.dropLast().contains { teacher.endOfText.contains(tokens[$0]) })
            }
        }
        #expect(answers.values.reduce(0, +) == questions.reduce(0) { $0 + $1.turns.count })
        #expect(answers.count > 3)
    }

    @Test func `later turns follow in the same document if the template leaves earlier ones as they were said`() throws
    {
        var whole = try teacher()
        whole = Teacher(
            model: whole.model, tokenizer: whole.tokenizer, endOfText: [256], text: whole.text, tokens: whole.tokens)
        let questions = [Question(turns: ["One", "Two", "Three"])]
        var options = options
        options.states = []
        try Distiller(
            whole, questions: questions, folder: open("a", options, questions: questions), batchCount: 4, pool: pool
        ).run()
        let data = try TrainingData(paths: [folder.file("a")])
        #expect(data.documentCount == 1 && data.hasStates.isEmpty)
        let text = whole.tokenizer.decode(try data.tokens(data.document(0)), skipsSpecial: false)
        #expect(text.hasPrefix("<|user|>One<|end|><|model|>"))
        #expect(text.contains("<|end|><|user|>Two<|end|><|model|>"))
        #expect(text.contains("<|end|><|user|>Three<|end|><|model|>"))
        #expect(data.marks(data.document(0)).count { $0 } <= 27)
    }

    @Test func `a greedy answer is the likeliest token each time, and the share of greedy ones is as told`() throws {
        let teacher = try teacher()
        func greedyCount(share: Double) throws -> (greedy: Int, all: Int) {
            var options = options
            options.greedyShare = share
            options.states = []
            let questions = (0..<12).map { Question(turns: ["Question \($0)"]) }
            let name = "share \(share)"
            try Distiller(
                teacher, questions: questions, folder: open(name, options, questions: questions), batchCount: 6,
                pool: pool
            ).run()
            let data = try TrainingData(paths: [folder.file(name)])
            var greedy = 0
            for document in 0..<data.documentCount {
                let range = data.document(document)
                let (tokens, marks) = (try data.tokens(range), data.marks(range))
                let top = try #require(try data.topTokens(range))
                let isGreedy = (1..<tokens.count).allSatisfy {
                    !marks[$0] || Int(top.tokens[($0 - 1) * 5]) == tokens[$0]
                }
                if isGreedy { greedy += 1 }
            }
            return (greedy, data.documentCount)
        }
        #expect(try greedyCount(share: 1) == (12, 12))
        let mixed = try greedyCount(share: 0.5)
        #expect(mixed.all == 12 && mixed.greedy > 1 && mixed.greedy < 11)
    }

    @Test func `prompts that are too long are passed over, and a full context ends a conversation`() throws {
        let teacher = try teacher(contextLength: 40)
        let questions = [
            Question(turns: ["short", "short", "short"]), Question(turns: [String(repeating: "long", count: 20)]),
            Question(turns: ["x"]),
        ]
        var options = options
        options.maximumPromptTokenCount = 60
        options.states = []
        let folder = try open("a", options, questions: questions)
        let progress = try Distiller(teacher, questions: questions, folder: folder, batchCount: 2, pool: pool).run()
        #expect(progress.tooLongCount == 1 && progress.promptCount == 3)
        let data = try TrainingData(paths: [folder.path])
        for document in 0..<data.documentCount { #expect(data.document(document).count <= 41) }
    }

    @Test func `a folder goes on with what it was begun with, and with nothing else`() throws {
        _ = try open("a")
        _ = try open("a")
        var others = options
        others.temperature = 0.5
        others.seed = 9
        let error = #expect(throws: TrainingError.self) { try open("a", others) }
        #expect(error?.description.contains("temperature (1.0 there, 0.5 now), seed (3 there, 9 now)") == true)
        #expect(throws: TrainingError.self) { try open("a", questions: [Question(turns: ["other"])]) }
        _ = try folder.write("{", to: "a/distill.json")
        #expect(throws: TrainingError.self) { try open("a") }
        try FileManager.default.createDirectory(atPath: folder.file("b"), withIntermediateDirectories: true)
        _ = try folder.write("", to: "b/shard-00000.tokens")
        #expect(throws: TrainingError.self) { try open("b") }
    }

    @Test func `options that cannot be are refused`() throws {
        let configuration = try teacher().model.configuration
        try options.check(for: configuration)
        let changes: [(inout DistillationOptions) -> Void] = [
            { $0.topCount = 0 }, { $0.topCount = 265 }, { $0.states = [3] }, { $0.states = [1, 1] },
            { $0.states = [2, 1] }, { $0.temperature = 0 }, { $0.temperature = .nan }, { $0.greedyShare = 1.5 },
            { $0.maximumTokenCount = 0 }, { $0.maximumPromptTokenCount = 0 }, { $0.shardPromptCount = 0 },
        ]
        for change in changes {
            var changed = options
            change(&changed)
            #expect(throws: TrainingError.self) { try changed.check(for: configuration) }
        }
    }

    @Test func `questions are read from prompts and from conversations`() throws {
        let path = try folder.write(
            """
            {"kind": "qa", "turns": ["a", "b"]}
            {"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "c"}, {"role": "assistant", "content": "x"}, {"role": "user", "content": "d"}]}
            """, to: "questions")
        #expect(
            try TrainingText.questions(path: path) == [
                Question(turns: ["a", "b"]), Question(system: "s", turns: ["c", "d"]),
            ])
        for (text, words) in [
            ("{}", "line 1: it has neither \"turns\" nor \"messages\""), ("{\"turns\":[]}", "line 1: it has no turns"),
            ("{\"messages\":[{\"role\":\"system\",\"content\":\"\"}]}", "line 1: nobody asks"),
            ("[", "line 1: it is not a JSON object"),
        ] {
            let path = try folder.write(text + "\n", to: "flawed")
            let error = #expect(throws: TrainingError.self) { try TrainingText.questions(path: path) }
            #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        }
        try Data([0x1f, 0x8b, 8]).write(to: URL(fileURLWithPath: folder.file("packed")))
        let error = #expect(throws: TrainingError.self) { try TrainingText.questions(path: folder.file("packed")) }
        #expect(error?.description.contains("gunzip --keep") == true)
    }
}

extension DistillationTests {
    @Test func `a text becomes windows with what the large model expected at each token`() throws {
        let teacher = try teacher()
        let text = String(repeating: "All that is said. ", count: 25)
        let windows = TextDistiller.windows(of: text, length: 150, tokenizer: teacher.tokenizer)
        #expect(windows.map(\.count) == [150, 150, 150] && windows.flatMap { $0 } == text.utf8.map(Int.init))
        let beginning = ByteTokenizer(addsBeginningOfText: true)
        #expect(
            TextDistiller.windows(of: "abcd", length: 3, tokenizer: beginning) == [[257, 97, 98], [257, 99, 100]])
        #expect(TextDistiller.windows(of: "abc", length: 3, tokenizer: ByteTokenizer()) == [[97, 98, 99]])
        #expect(TextDistiller.windows(of: "abcd", length: 3, tokenizer: ByteTokenizer()) == [[97, 98, 99]])

        let record = DistillationRecord(
            options: options, model: "tiny", modelHash: "abc", tokenizerFingerprint: "bytes", promptsHash: "def",
            skippedPromptCount: 0, promptCount: windows.count, windowLength: 150)
        let shards = try ShardFolder(path: folder.file("text"), record: record)
        let progress = try TextDistiller(teacher, windows: windows, folder: shards, pool: pool).run()
        #expect(progress.promptCount == 3 && progress.answerTokenCount == 447)
        let data = try TrainingData(paths: [shards.path])
        let scratch = ModelScratch(teacher.model.configuration)
        for (document, window) in windows.enumerated() {
            let range = data.document(document)
            #expect(try data.tokens(range) == window)
            #expect(data.marks(range) == window.indices.map { $0 > 0 })
            let output = try teacher.model.forward(
                [
                    ModelSpan(
                        cache: teacher.model.makeCache(capacity: 150), tokens: Array(window.dropLast()), logits: .all)
                ],
                scratch: scratch, pool: pool)
            let expected = Kernels.likeliestTokens(output.logits.allRows, count: 5, on: pool)
            let top = try #require(try data.topTokens(range.dropLast()))
            #expect(top.tokens == expected.tokens && top.logProbabilities == expected.logProbabilities)
        }
    }
}
