import Foundation
import TandemMath
import TandemModels
import Testing

@testable import TandemTraining

struct DataTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func file(_ documents: [[Int]], marks: [[Bool]?]? = nil, vocabularyCount: Int = 100) throws -> TokenFile {
        let path = folder.file("tokens")
        let writer = try TokenFileWriter(
            path: path, vocabularyCount: vocabularyCount, tokenizerFingerprint: "some-tokenizer")
        for (index, document) in documents.enumerated() { try writer.append(document, marks: marks?[index]) }
        try writer.finish()
        return try TokenFile(path: path)
    }

    @Test(arguments: [100, 70_000]) func `a token file gives back what was written`(vocabularyCount: Int) throws {
        var generator = SeededGenerator(seed: 1)
        let documents = [0, 5, 1, 12].map { count in
            (0..<count).map { _ in generator.next(in: 0...vocabularyCount - 1) }
        }
        let marks = documents.map { document in document.map { _ in generator.next(in: 0...1) == 1 } }
        let file = try file(documents, marks: marks, vocabularyCount: vocabularyCount)
        #expect(file.documentCount == 4 && file.tokenCount == 18 && file.tokenizerFingerprint == "some-tokenizer")
        for (index, document) in documents.enumerated() {
            #expect(try file.tokens(file.document(index)) == document)
            #expect(file.marks(file.document(index)) == marks[index])
        }
        try file.requireTokenizer("some-tokenizer")
        #expect(throws: TrainingError.self) { try file.requireTokenizer("another") }
    }

    @Test func `a file cut off or changed anywhere is refused or harmless, never a trap`() throws {
        let whole = try Data(contentsOf: URL(fileURLWithPath: file([[1, 2, 3], [4, 5]]).path))
        let path = folder.file("damaged")
        for length in 0..<whole.count {
            try whole.prefix(length).write(to: URL(fileURLWithPath: path))
            #expect(throws: (any Error).self) { try TokenFile(path: path) }
        }
        for index in whole.indices {
            var changed = whole
            changed[index] ^= 0xff
            try changed.write(to: URL(fileURLWithPath: path))
            guard let file = try? TokenFile(path: path) else { continue }
            for document in 0..<file.documentCount {
                _ = try? file.tokens(file.document(document))
                _ = file.marks(file.document(document))
            }
        }
    }

    @Test func `tokens outside the vocabulary are not written`() throws {
        let writer = try TokenFileWriter(path: folder.file("x"), vocabularyCount: 10, tokenizerFingerprint: "")
        #expect(throws: TrainingError.self) { try writer.append([1, 10]) }
        #expect(throws: TrainingError.self) { try writer.append([-1]) }
    }

    @Test func `every marked token is predicted once in an epoch, whatever the number of ranks`() throws {
        let documents = [[Int](0..<23), [Int](30..<32), [50], [Int](60..<75)]
        let file = try file(documents)
        let settings = try SequencePlan.Settings(sequenceLength: 6, stepTokenCount: 13, seed: 9)
        let plan = try SequencePlan(TrainingData(file), settings: settings)
        var predicted: [Int] = []
        for (number, step) in plan.steps(ofEpoch: 1).enumerated() {
            #expect(step.reduce(0) { $0 + $1.tokens.count } <= 13)
            for ranks in 1...4 {
                let shares = (0..<ranks).map { SequencePlan.share(of: step, rank: $0, of: ranks) }
                #expect(Set(shares.flatMap { $0 }) == Set(step) && shares.reduce(0) { $0 + $1.count } == step.count)
            }
            for piece in step {
                let sequence = try TrainingSequence(
                    piece, of: TrainingData(file), step: number, seed: 9, blocks: .drawn(minimum: 1, maximum: 3))
                predicted += sequence.targets.labels
                #expect(sequence.inputs.count == sequence.targets.labels.count)
                #expect(zip(sequence.inputs, sequence.targets.labels).allSatisfy { $0 + 1 == $1 })
            }
        }
        #expect(predicted.sorted() == documents.flatMap { $0.dropFirst() }.sorted())
    }

    @Test func `a step is a function of the seed and its number alone`() throws {
        let file = try file((0..<9).map { [Int]($0..<$0 + 8) })
        let settings = try SequencePlan.Settings(sequenceLength: 8, stepTokenCount: 16, seed: 5)
        let plan = try SequencePlan(TrainingData(file), settings: settings)
        var forward = StepSequence(plan)
        let all = (0..<12).map { forward.pieces(ofStep: $0) }
        var back = StepSequence(plan)
        for step in (0..<12).reversed() {
            let pieces = back.pieces(ofStep: step)
            #expect(pieces.pieces == all[step].pieces && pieces.epoch == all[step].epoch)
        }
        #expect(all[11].epoch == 2)
        #expect(all[0].pieces != all[5].pieces)
        let other = try SequencePlan(
            TrainingData(file), settings: .init(sequenceLength: 8, stepTokenCount: 16, seed: 6))
        #expect(other.steps(ofEpoch: 0) != plan.steps(ofEpoch: 0))
    }

    @Test func `marks become weights, and places in blocks weigh`() throws {
        let file = try file([[1, 2, 3, 4, 5]], marks: [[false, false, true, true, false]])
        let plan = try SequencePlan(TrainingData(file), settings: .init(sequenceLength: 5, stepTokenCount: 5, seed: 1))
        let sequence = try TrainingSequence(
            plan.pieces[0], of: TrainingData(file), step: 0, seed: 1, blocks: .fixed(length: 2),
            positionWeights: .exponential(scale: 1))
        // Positions 1 and 2 predict the marked tokens; 1 is second in its block, 2 first.
        #expect(sequence.targets.weights == [0, Float(exponential(-1)), 1, 0])
        let unmarked = try self.file([[1, 2]], marks: [[true, false]])
        #expect(throws: TrainingError.self) {
            try SequencePlan(TrainingData(unmarked), settings: .init(sequenceLength: 5, stepTokenCount: 5, seed: 1))
        }
    }

    @Test func `prompts and conversations are read, and flaws named with their line`() throws {
        let prompts = try TrainingText.prompts(
            path: folder.write("{\"kind\":\"qa\",\"turns\":[\"a\",\"b\"]}\n\n{\"turns\":[\"c\"]}\r\n", to: "prompts"))
        #expect(prompts == [Prompt(kind: "qa", turns: ["a", "b"]), Prompt(turns: ["c"])])
        let conversations = try TrainingText.conversations(
            path: folder.write(
                #"{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Ho"}]}"#,
                to: "conversations"))
        #expect(
            conversations == [
                TrainingConversation(messages: [
                    .init(role: "user", content: "Hi"), .init(role: "assistant", content: "Ho"),
                ])
            ])
        for (text, words) in [
            ("{\"turns\":[\"a\"]}\n{\"turns\":3}", "line 2: \"turns\" has another type"),
            ("{}", "line 1: \"turns\" is missing"), ("x", "line 1: it is not a JSON object"),
            ("{\"turns\":[]}", "line 1: it has no turns"), ("", "no lines"),
        ] {
            let path = try folder.write(text, to: "flawed")
            let error = #expect(throws: TrainingError.self) { try TrainingText.prompts(path: path) }
            #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        }
        for (text, words) in [
            (#"{"messages":[{"role":"robot","content":""}]}"#, "\"robot\""),
            (#"{"messages":[{"role":"user","content":"Hi"}]}"#, "line 1: nobody answers in it"),
        ] {
            let path = try folder.write(text, to: "flawed")
            let error = #expect(throws: TrainingError.self) { try TrainingText.conversations(path: path) }
            #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        }
    }
}
