import Foundation
import Tandem
import TandemCheckpoint
import TandemHub
import TandemMath
import TandemModels
import TandemText
import TandemTraining

/// The large model and the texts of a reproduction: as they were given, or made on the spot.
struct ReproductionMaterial: Sendable {
    let large: LargeModel
    let identity: LargeModelIdentity
    let tokenizerFingerprint: String
    let data: TrainingData
    let documents: Range<Int>
    let heldOutData: TrainingData
    let heldOutDocuments: Range<Int>
    let tests: [Table1Reproduction.Test]

    /// Documents and tokens that are evaluated, and prompts that are answered, unless told otherwise.
    private struct Amounts {
        let documentCount: Int
        let textTokenCount: Int
        let promptCount: Int
        let window: Int

        init(_ budget: ReproductionBudget) {
            (documentCount, textTokenCount, promptCount) =
                switch budget {
                case .smoke: (64, 4_096, 256)
                case .short: (100, 16_384, 2_000)
                case .full: (320, 65_536, 8_000)
                }
            window = budget == .smoke ? 128 : 512
        }
    }

    init(
        _ command: ReproduceTable1Command, settings: Table1Settings, pool: ComputePool, display: ReproductionDisplay
    ) async throws {
        let amounts = Amounts(command.budget)
        let documentCount = command.documents ?? amounts.documentCount
        let isTiny = command.budget == .smoke && command.model == nil
        let path =
            isTiny
            ? try Self.tinyModel(in: command.output, pool: pool, display: display)
            : try ModelStore(root: HubSettings.current().root).locate(command.model ?? "smollm2-135m-instruct").path
        let checkpoint = try CheckpointReader.open(path)
        large = try LargeModel(checkpoint, pool: pool)
        var identity = try LargeModelIdentity(of: large, from: checkpoint)
        identity.source =
            URL(fileURLWithPath: command.model ?? (isTiny ? path : "smollm2-135m-instruct")).lastPathComponent
        self.identity = identity
        var data = command.data
        if isTiny {
            data = [try Self.tinyText(in: command.output, settings: settings, heldOutCount: documentCount)]
        } else if let prompts = command.prompts {
            data = [command.output + "/answers"]
            try await Self.answer(
                prompts, by: path, count: amounts.promptCount + documentCount, to: data[0], pool: pool, display: display
            )
        }
        let learnt = try TrainingData(paths: data)
        self.data = learnt
        tokenizerFingerprint = learnt.tokenizerFingerprint
        var tests: [Table1Reproduction.Test] = []
        if command.heldOut.isEmpty {
            let count = min(documentCount, learnt.documentCount / 4)
            guard count > 0 else {
                throw CommandError(
                    "\(learnt.name) has \(learnt.documentCount) documents, too few to hold some out. Give more, or --held-out."
                )
            }
            documents = 0..<learnt.documentCount - count
            heldOutData = learnt
            heldOutDocuments = learnt.documentCount - count..<learnt.documentCount
        } else {
            documents = 0..<learnt.documentCount
            heldOutData = try TrainingData(paths: command.heldOut)
            try heldOutData.requireTokenizer(learnt.tokenizerFingerprint)
            heldOutDocuments = 0..<heldOutData.documentCount
        }
        tests.append(
            .init(
                name: isTiny ? "held-out text" : "held-out answers",
                documents: try EvaluationDocument.documents(
                    of: heldOutData, documents: heldOutDocuments, count: documentCount, longest: amounts.window)))
        if !isTiny {
            let tokenizer = BytePairTokenizer(try TokenizerDefinition(of: checkpoint))
            try learnt.requireTokenizer(tokenizer.fingerprint)
            if let text = command.text {
                tests.append(
                    .init(
                        name: URL(fileURLWithPath: text).lastPathComponent,
                        documents: try EvaluationDocument.windows(
                            of: TextInput.read(file: text), tokenizer: tokenizer, window: amounts.window,
                            tokenCount: amounts.textTokenCount)))
            }
        }
        self.tests = tests
    }

    /// A tiny model, unless an earlier call has made it.
    private static func tinyModel(in folder: String, pool: ComputePool, display: ReproductionDisplay) throws -> String {
        let path = folder + "/large.gguf"
        guard !FileManager.default.fileExists(atPath: path) else { return path }
        defer { display.end() }
        try TinyLargeModel.write(to: path, folder: folder, pool: pool) { step, count, loss in
            try Task.checkCancellation()
            display.show("the tiny large model", step: step, of: count, loss: loss)
        }
        return path
    }

    /// Text for one pass over it, and what is held out behind it.
    private static func tinyText(in folder: String, settings: Table1Settings, heldOutCount: Int) throws -> String {
        let path = folder + "/text.tokens"
        let learntCount = settings.stepCount * settings.stepTokenCount / settings.sequenceLength + 1
        // Another seed than the large model's own text.
        var language = TinyLanguage(seed: 1_000)
        try language.write(
            documentCount: learntCount + heldOutCount, length: settings.sequenceLength, to: path)
        return path
    }

    /// Lets the large model answer; goes on where an earlier call ended.
    private static func answer(
        _ prompts: String, by model: String, count: Int, to folder: String, pool: ComputePool,
        display: ReproductionDisplay
    ) async throws {
        let questions = Array(try TrainingText.questions(path: prompts).prefix(count))
        let teacher = try await LoadedTeacher(path: model)
        var hash = SHA256()
        hash.update(try MappedFile(path: prompts).bytes)
        let record = DistillationRecord(
            options: DistillationOptions(), model: teacher.engine.displayName, modelHash: try teacher.hash(),
            tokenizerFingerprint: teacher.engine.tokenizer.fingerprint, promptsHash: hash.hexadecimal(),
            skippedPromptCount: 0, promptCount: questions.count)
        let distiller = try Distiller(
            teacher.teacher, questions: questions, folder: ShardFolder(path: folder, record: record), batchCount: 32,
            pool: pool)
        defer { display.end() }
        _ = try distiller.run(rank: 0, of: 1) { progress in
            try Task.checkCancellation()
            display.show("answering", step: progress.promptCount, of: questions.count, loss: nil)
        }
    }
}
