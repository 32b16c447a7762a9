import Foundation
import TandemMath
import TandemModels
import TandemTestSupport
import TandemText
import Testing

@testable import TandemTraining

struct ConversationDistillerTests {
    private let folder: TemporaryFolder
    private let pool = ComputePool(threadCount: 2)

    init() throws { folder = try TemporaryFolder() }

    /// A model of bytes. What a conversation looks like is up to `text`.
    private func teacher(
        contextLength: Int = 200, text: @escaping @Sendable ([ChatMessage]) -> String = Self.plain
    ) throws -> Teacher {
        let tokenizer = ByteTokenizer(specialTokens: ["<|user|>", "<|model|>", "<|system|>"])
        let model = try LargeModel(
            RandomModel(
                TransformerConfiguration(
                    architecture: .llama, vocabularyCount: 264, width: 32, layerCount: 2, headCount: 2,
                    keyValueHeadCount: 1, feedForwardWidth: 48, contextLength: contextLength)), pool: pool)
        return Teacher(
            model: model, tokenizer: tokenizer, endOfText: [256], text: { PromptText(text($0)) },
            tokens: { tokenizer.encode(text($0), specialTokens: .parsed, addsBeginning: false) })
    }

    private static func words(_ message: ChatMessage) -> String {
        if case .text(let text)? = message.content { text } else { "" }
    }

    /// `<|user|>One<|end|><|model|>Two<|end|><|model|>`
    @Sendable private static func plain(_ messages: [ChatMessage]) -> String {
        messages.map { message in
            "<|\(message.role == "assistant" ? "model" : message.role)|>\(words(message))<|end|>"
        }.joined() + "<|model|>"
    }

    /// The same, but answers are shouted once something else has been said.
    @Sendable private static func shouting(_ messages: [ChatMessage]) -> String {
        plain(
            messages.enumerated().map { index, message in
                message.role == "assistant" && index < messages.count - 1
                    ? ChatMessage(role: message.role, content: words(message).uppercased()) : message
            })
    }

    private let conversation = TrainingConversation(messages: [
        .init(role: "user", content: "One?"), .init(role: "assistant", content: "Yes."),
        .init(role: "user", content: "Two?"), .init(role: "assistant", content: "No."),
        .init(role: "user", content: "And?"),
    ])

    private func read(
        _ conversations: [TrainingConversation], by teacher: Teacher, to name: String = "a", system: String? = nil
    ) throws -> (data: TrainingData, progress: DistillationProgress) {
        var options = DistillationOptions()
        options.topCount = 5
        options.states = [1, 2]
        options.shardPromptCount = 2
        options.system = system
        let record = DistillationRecord(
            options: options, model: "tiny", modelHash: "abc", tokenizerFingerprint: "bytes", promptsHash: "def",
            skippedPromptCount: 0, promptCount: conversations.count, readsConversations: true)
        let shards = try ShardFolder(path: folder.file(name), record: record)
        let progress = try ConversationDistiller(teacher, conversations: conversations, folder: shards, pool: pool)
            .run()
        return (try TrainingData(paths: [shards.path]), progress)
    }

    /// A document's text, and the marked part of it.
    private func texts(_ data: TrainingData, _ document: Int, _ teacher: Teacher) throws -> (
        all: String, marked: String
    ) {
        let range = data.document(document)
        let (tokens, marks) = (try data.tokens(range), data.marks(range))
        return (
            teacher.tokenizer.decode(tokens, skipsSpecial: false),
            teacher.tokenizer.decode(zip(tokens, marks).filter(\.1).map(\.0), skipsSpecial: false)
        )
    }

    @Test func `what the assistant says is marked, with what the large model expected there`() throws {
        let teacher = try teacher()
        let (data, progress) = try read([conversation, conversation, conversation], by: teacher, system: "Be brief.")
        #expect(data.documentCount == 3 && data.topCount == 5 && data.hasStates == [1, 2])
        let (all, marked) = try texts(data, 2, teacher)
        #expect(
            all
                == "<|system|>Be brief.<|end|><|user|>One?<|end|><|model|>Yes.<|end|><|user|>Two?<|end|><|model|>No.<|end|>"
        )
        #expect(marked == "Yes.<|end|>No.<|end|>")
        #expect(progress.answerTokenCount == 3 * 9 && progress.newPromptCount == 3 && progress.shardCount == 2)

        let range = data.document(0)
        let (tokens, marks) = (try data.tokens(range), data.marks(range))
        let output = try teacher.model.forward(
            [
                ModelSpan(
                    cache: teacher.model.makeCache(capacity: tokens.count), tokens: Array(tokens.dropLast()),
                    logits: .all)
            ], scratch: ModelScratch(teacher.model.configuration), pool: pool)
        let expected = Kernels.likeliestTokens(output.logits.allRows, count: 5, on: pool)
        let top = try #require(try data.topTokens(range))
        for position in 0..<tokens.count - 1 where marks[position + 1] {
            let entries = position * 5..<position * 5 + 5
            #expect(top.tokens[entries] == expected.tokens[entries])
            #expect(top.logProbabilities[entries] == expected.logProbabilities[entries])
        }
    }

    @Test func `where the template changes what was said, a document of its own begins`() throws {
        let teacher = try teacher(text: Self.shouting)
        let data = try read([conversation], by: teacher).data
        #expect(data.documentCount == 2)
        #expect(try texts(data, 0, teacher).marked == "Yes.<|end|>")
        let second = try texts(data, 1, teacher)
        #expect(second.all.contains("<|model|>YES.<|end|>") && second.marked == "No.<|end|>")
    }

    @Test func `what goes beyond the context is left out, and a conversation of which nothing is left is passed over`()
        throws
    {
        let teacher = try teacher(contextLength: 20)
        let long = TrainingConversation(messages: [
            .init(role: "user", content: String(repeating: "long", count: 9)),
            .init(role: "assistant", content: "Yes."),
        ])
        let (data, progress) = try read([conversation, long], by: teacher)
        #expect(data.documentCount == 1 && data.document(0).count == 20)
        #expect(try texts(data, 0, teacher).marked.hasPrefix("Yes.<|end|>"))
        #expect(progress.tooLongCount == 1 && progress.promptCount == 2)
    }

    @Test func `a folder of conversations is not filled with answers`() throws {
        _ = try read([conversation], by: teacher())
        let record = try JSONDecoder().decode(
            DistillationRecord.self, from: Data(contentsOf: URL(fileURLWithPath: folder.file("a/distill.json"))))
        var other = record
        other.readsConversations = nil
        let error = #expect(throws: TrainingError.self) { try ShardFolder(path: folder.file("a"), record: other) }
        #expect(error?.description.contains("conversations are read there, prompts are answered now") == true)
    }
}
