import TandemDecoding
import TandemMath
import TandemModels
import TandemTestSupport
import TandemText
import Testing

@testable import TandemTraining

/// Networks of policies, from a tiny pair of models of random weights.
struct PolicyTests {
    private let folder: TemporaryFolder
    private let pool = ComputePool(threadCount: 2)
    private let teacher: Teacher

    init() throws {
        folder = try TemporaryFolder()
        let tokenizer = ByteTokenizer(specialTokens: ["<|user|>", "<|model|>", "<|system|>"])
        let model = try LargeModel(RandomModel(Self.shape), pool: pool)
        let text: @Sendable ([ChatMessage]) -> String = { messages in
            messages.map { message in
                guard case .text(let content)? = message.content else { return "" }
                return "<|\(message.role)|>\(content)"
            }.joined() + "<|model|>"
        }
        teacher = Teacher(
            model: model, tokenizer: tokenizer, endOfText: Set(stride(from: 0, through: 256, by: 32)),
            text: { PromptText(text($0)) },
            tokens: { tokenizer.encode(text($0), specialTokens: .parsed, addsBeginning: false) })
    }

    private static var shape: TransformerConfiguration {
        get throws {
            try TransformerConfiguration(
                architecture: .llama, vocabularyCount: 264, width: 32, layerCount: 2, headCount: 2,
                keyValueHeadCount: 1, feedForwardWidth: 48, contextLength: 120)
        }
    }

    /// A small model; with the large model's own head and the last state it is right now and then.
    private func small(_ memory: TandemConfiguration.Memory = .fused(states: [1, 2])) throws -> SmallModel {
        let configuration = try TandemConfiguration(
            small: Self.shape, largeWidth: 32, largeLayerCount: 2, memory: memory, addsLastState: memory != .none)
        return try SmallModel(
            configuration, weights: configuration.makeWeights(seed: 4), form: .packed(.float32), pool: pool)
    }

    private let questions = (0..<7).map { Question(turns: ["Question \($0)" + String(repeating: "?", count: $0)]) }

    @Test(arguments: [TandemConfiguration.Memory.fused(states: [1, 2]), .none])
    func `what is observed of a question depends on nothing else`(memory: TandemConfiguration.Memory) throws {
        var settings = DraftObserver.Settings()
        settings.maximumTokenCount = 20
        settings.blockLength = 3
        settings.topCount = 2
        let small = try small(memory)
        func observe(_ questions: [Question], batchCount: Int) throws -> [[DraftObservation]] {
            var settings = settings
            settings.batchCount = batchCount
            var last: DraftObserver.Progress?
            let found = try DraftObserver(teacher, small: small, settings: settings, pool: pool).observe(questions) {
                last = $0
            }
            #expect(last?.doneCount == questions.count && last?.tooLongCount == found.count { $0.isEmpty })
            return found
        }
        let tooLong = Question(turns: [String(repeating: "long ", count: 40)])
        let all = try observe(questions + [tooLong], batchCount: 3)
        #expect(all.count == 8 && all[7].isEmpty && all.prefix(7).allSatisfy { !$0.isEmpty })
        #expect(try observe(Array(questions.prefix(4)), batchCount: 1) == Array(all.prefix(4)))
        #expect(all.joined().allSatisfy { $0.confidence.top.count == 2 && $0.place < 3 })
        // A question is answered in one way, and here some are drawn.
        #expect(all.allSatisfy { Set($0.map(\.isDrawn)).count <= 1 } && Set(all.joined().map(\.isDrawn)).count == 2)
        struct Stopped: Error {}
        #expect(throws: Stopped.self) {
            try DraftObserver(teacher, small: small, settings: settings, pool: pool).observe(questions) { _ in
                throw Stopped()
            }
        }
    }

    @Test func `a router is measured on questions that it did not see`() throws {
        let observations = (0..<10).map { question in
            (0..<5).map { index in
                DraftObservation(
                    place: index % 2,
                    confidence: DraftConfidence(probability: 0.3, entropy: 1, top: [.init(token: 3, probability: 0.3)]),
                    agreement: Float(question) / 10, stood: index == 0, isDrawn: question % 2 == 1)
            }
        }
        let small = try small()
        let calibration = try RouterCalibration(
            observations + [[]], heldOutShare: 0.3, training: RouterTraining(), topCount: 1, small: small)
        let report = calibration.report
        #expect(report.learnt == 35 && report.heldOut == 15)
        #expect(report.places.map(\.judged) == [9, 6] && report.places[1].acceptance == 0)
        for acceptance in [calibration.acceptance, calibration.routerAcceptance] {
            let judged = [acceptance.greedy, acceptance.drawn].map { $0.joined().reduce(0) { $0 + $1.judged } }
            #expect(judged.reduce(0, +) == 15 && judged.allSatisfy { $0 > 0 })
        }
        #expect(report.drafter.count == 15 && report.mean.discrimination == 0.5)
        #expect(calibration.network.first.columns == 2 + small.embeddingWidth)
        let error = #expect(throws: TrainingError.self) {
            try RouterCalibration(
                Array(observations.prefix(1)), heldOutShare: 0.3, training: RouterTraining(), topCount: 1, small: small)
        }
        #expect(error?.description.contains("Give more prompts") == true)
    }

    @Test func `what differs from the right answer is bad, and drafts that the large model doubts`() throws {
        var settings = JudgeMaterial.Settings()
        settings.draftCount = 5
        settings.doubt = 0.9
        let material = JudgeMaterial(teacher, small: try small(), settings: settings, pool: pool)
        let ask = [ChatMessage(role: "user", content: "2 + 2")]
        func labels(_ right: String, _ wrong: String?) throws -> [Bool] {
            try #require(try material.read(JudgedAnswer(messages: ask, right: right, wrong: wrong), number: 1)).isGood
        }
        // Every byte is a token.
        let four = [Bool](repeating: true, count: 8)
        #expect(try labels("It is 4.", "It is 5.") == four + [false])
        #expect(try labels("It is 4.", "It is twelve.") == four + [Bool](repeating: false, count: 6))
        #expect(try labels("It is 4.", "It is.") == four + [false])
        #expect(try labels("It is 4.", "It is 4. Or 5.") == four + [Bool](repeating: false, count: 6))
        let drafted = try labels("It is 4.", nil)
        #expect(drafted.prefix(8) == four[...] && drafted.count > 8 && drafted.count <= 13)
        #expect(try material.read(JudgedAnswer(messages: ask, right: ""), number: 1) == nil)

        // The states are those of reading the text plainly.
        let read = try #require(
            try material.read(JudgedAnswer(messages: ask, right: "It is 4.", wrong: "It is 5."), number: 1))
        let tokens =
            try teacher.tokens(ask) + teacher.tokenizer.encode("It is 5", specialTokens: .literal, addsBeginning: false)
        let states = try teacher.model.forward(
            [ModelSpan(cache: teacher.model.makeCache(capacity: 64), tokens: tokens)], capturing: [2],
            scratch: ModelScratch(teacher.model.configuration), pool: pool
        ).hiddenStates[2]
        #expect(states?.row(tokens.count - 1) == read.states.row(8))
        #expect(states?.row(tokens.count - 2) == read.states.row(5))
    }

    @Test func `a judge needs good tokens and bad ones`() throws {
        let material = JudgeMaterial(teacher, small: try small(), settings: .init(), pool: pool)
        let answers = try (0..<6).map { number in
            try #require(
                try material.read(
                    JudgedAnswer(
                        messages: [ChatMessage(role: "user", content: "\(number)")], right: "right \(number).",
                        wrong: "wrong \(number)."), number: number))
        }
        let calibration = try JudgeCalibration(
            answers, heldOutShare: 0.3, training: JudgeTraining(), large: teacher.model)
        #expect(calibration.head.state == 2 && calibration.head.weights.count == 32)
        #expect(calibration.report.goodCount == 32 && calibration.report.heldOut.goodCount == 16)
        #expect((calibration.report.heldOut.discrimination ?? 0) > 0.5)
        let onlyGood = answers.map { part in
            var part = JudgeMaterial.LabelledStates(joining: [part], width: 32)
            part.isGood = part.isGood.map { _ in true }
            return part
        }
        let error = #expect(throws: TrainingError.self) {
            try JudgeCalibration(onlyGood, heldOutShare: 0.3, training: JudgeTraining(), large: teacher.model)
        }
        #expect(error?.description.contains("a judge needs both") == true)
    }

    @Test func `answers to judge are read, and flaws named with their line`() throws {
        let path = try folder.write(
            """
            {"turns": ["2 + 2?"], "right": "4", "wrong": "5"}
            {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "2 + 2?"}], "right": "4"}
            {"messages": [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "4"}]}
            """, to: "answers.jsonl")
        let ask = ChatMessage(role: "user", content: "2 + 2?")
        #expect(
            try JudgedAnswer.answers(path: path) == [
                JudgedAnswer(messages: [ask], right: "4", wrong: "5"),
                JudgedAnswer(messages: [ChatMessage(role: "system", content: "Be brief."), ask], right: "4"),
                JudgedAnswer(messages: [ask], right: "4"),
            ])
        for (line, words) in [
            (#"{"turns": ["a"]}"#, #""right" is missing"#), (#"{"right": "a"}"#, "nobody asks"),
            (#"{"turns": ["a", "b"], "right": "c"}"#, "2 turns"), (#"{"turns": ["a"], "right": 4}"#, "another type"),
            (#"{"turns": ["a"], "right": "b", "wrong": "b"}"#, "its wrong answer is the right one"),
            (#"{"messages": [{"role": "user"}]}"#, "lacks its role"), ("[]", "not a JSON object"),
        ] {
            let path = try folder.write("\n" + line, to: "flawed")
            let error = #expect(throws: TrainingError.self) { try JudgedAnswer.answers(path: path) }
            #expect(error?.description.contains("line 2: ") == true, "\(error?.description ?? "")")
            #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        }
    }
}
