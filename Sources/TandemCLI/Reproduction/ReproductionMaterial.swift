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

    /// Everything that one call asks for.
    init(
        _ command: ReproduceTable1Command, settings: Table1Settings, pool: ComputePool, display: ReproductionDisplay
    ) async throws {
        let amounts = Amounts(command)
        let path = try Self.modelPath(command, pool: pool, display: display)
        let checkpoint = try CheckpointReader.open(path)
        large = try LargeModel(checkpoint, pool: pool)
        var identity = try LargeModelIdentity(of: large, from: checkpoint)
        identity.source =
            URL(fileURLWithPath: command.isSelfContained ? path : command.modelName).lastPathComponent
        self.identity = identity
        data = try TrainingData(
            paths: await Self.texts(
                command, of: path, settings: settings, amounts: amounts, pool: pool, display: display))
        tokenizerFingerprint = data.tokenizerFingerprint
        let split = try Split(data, heldOut: command.heldOut, documentCount: amounts.documentCount)
        documents = split.documents
        heldOutData = split.heldOutData
        heldOutDocuments = split.heldOutDocuments
        tests = try Self.tests(command, split: split, learnt: data, of: checkpoint, amounts: amounts)
    }

    // MARK: How much

    /// Documents and tokens that are evaluated, and prompts that are answered, unless told otherwise.
    private struct Amounts {
        let documentCount: Int
        let textTokenCount: Int
        let promptCount: Int
        let window: Int

        init(_ command: ReproduceTable1Command) {
            let documents: Int
            (documents, textTokenCount, promptCount) =
                switch command.budget {
                case .smoke: (64, 4_096, 256)
                case .short: (100, 16_384, 2_000)
                case .full: (320, 65_536, 8_000)
                }
            documentCount = command.documents ?? documents
            window = command.budget == .smoke ? 128 : 512
        }
    }

    /// Which documents are learnt, and where curves and one of the tests are measured.
    private struct Split {
        let documents: Range<Int>
        let heldOutData: TrainingData
        let heldOutDocuments: Range<Int>

        /// Text of its own is measured as a whole; otherwise the last documents of the data are held out.
        init(_ data: TrainingData, heldOut: [String], documentCount: Int) throws {
            guard heldOut.isEmpty else {
                documents = 0..<data.documentCount
                heldOutData = try TrainingData(paths: heldOut)
                try heldOutData.requireTokenizer(data.tokenizerFingerprint)
                heldOutDocuments = 0..<heldOutData.documentCount
                return
            }
            let count = min(documentCount, data.documentCount / 4)
            guard count > 0 else {
                throw CommandError(
                    "\(data.name) has \(data.documentCount) documents, too few to hold some out. Give more, or "
                        + "--held-out.")
            }
            documents = 0..<data.documentCount - count
            heldOutData = data
            heldOutDocuments = data.documentCount - count..<data.documentCount
        }
    }

    // MARK: The large model and what it is measured on

    private static func modelPath(
        _ command: ReproduceTable1Command, pool: ComputePool, display: ReproductionDisplay
    ) throws -> String {
        command.isSelfContained
            ? try tinyModel(in: command.output, pool: pool, display: display)
            : try ModelStore(root: HubSettings.current().root).locate(command.modelName).path
    }

    /// Paths of what is learnt from; what is not there yet is made.
    private static func texts(
        _ command: ReproduceTable1Command, of model: String, settings: Table1Settings, amounts: Amounts,
        pool: ComputePool, display: ReproductionDisplay
    ) async throws -> [String] {
        if command.isSelfContained {
            return [try tinyText(in: command.output, settings: settings, heldOutCount: amounts.documentCount)]
        }
        guard let prompts = command.prompts else { return command.data }
        let answers = command.output + "/answers"
        try await answer(
            prompts, by: model, count: amounts.promptCount + amounts.documentCount, to: answers, pool: pool,
            display: display)
        return [answers]
    }

    /// Held-out documents, and a text if one was given.
    private static func tests(
        _ command: ReproduceTable1Command, split: Split, learnt: TrainingData, of checkpoint: any ModelCheckpoint,
        amounts: Amounts
    ) throws -> [Table1Reproduction.Test] {
        let heldOut = Table1Reproduction.Test(
            name: command.isSelfContained ? "held-out text" : "held-out answers",
            documents: try EvaluationDocument.documents(
                of: split.heldOutData, documents: split.heldOutDocuments, count: amounts.documentCount,
                longest: amounts.window))
        guard !command.isSelfContained else { return [heldOut] }
        let tokenizer = BytePairTokenizer(try TokenizerDefinition(of: checkpoint))
        try learnt.requireTokenizer(tokenizer.fingerprint)
        guard let text = command.text else { return [heldOut] }
        let windows = Table1Reproduction.Test(
            name: URL(fileURLWithPath: text).lastPathComponent,
            documents: try EvaluationDocument.windows(
                of: TextInput.read(file: text), tokenizer: tokenizer, window: amounts.window,
                tokenCount: amounts.textTokenCount))
        return [heldOut, windows]
    }

    // MARK: What is made on the spot

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
        let teacher = try await LoadedTeacher(path: model, threadCount: pool.threadCount)
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

extension ReproduceTable1Command {
    /// Whether the large model and the text are made on the spot.
    fileprivate var isSelfContained: Bool { budget == .smoke && model == nil }

    fileprivate var modelName: String { model ?? "smollm2-135m-instruct" }
}
