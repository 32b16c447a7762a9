import Foundation
import Tandem
import TandemCheckpoint
import TandemJSON
import TandemMath
import TandemModels
import TandemText
import TandemTraining

/// Everything that one call of `tandem train` puts together: models, data, trainer, run.
final class TrainingSession {
    let trainer: Trainer
    private let trainingRun: TrainingRun
    private let settings: TrainingOptions
    private let folder: String
    private let modelName: String
    private let large: LargeModelIdentity
    private let tokenizerFingerprint: String
    private let record: RunRecord
    private let started = ContinuousClock.now
    private var tokenCount = 0
    private var stepSeconds = 0.0

    /// Loads and checks everything.
    init(
        model: ModelArgument, settings: TrainingOptions, threadCount: Int, collective: any Collective,
        display: TrainingDisplay
    ) throws {
        self.settings = settings
        folder = settings.output ?? "."
        let checkpoint = try model.open()
        modelName = checkpoint.displayName
        let tokenizer = BytePairTokenizer(try TokenizerDefinition(of: checkpoint))
        let pool = ComputePool(threadCount: threadCount)
        let large = try LargeModel(checkpoint, pool: pool)
        var identity = try LargeModelIdentity(of: large, from: checkpoint)
        identity.source = model.commonName
        self.large = identity
        tokenizerFingerprint = tokenizer.fingerprint

        let data = try TrainingData(paths: settings.data)
        try data.requireTokenizer(tokenizer.fingerprint)
        let split = try TrainingSplit(data, settings: settings)
        try split.heldOutData.requireTokenizer(tokenizer.fingerprint)
        let draftTokens = try settings.draftVocabularyCount.map {
            try DraftVocabulary(mostFrequent: $0, in: data, documents: split.documents).allTokens.map(Int.init)
        }
        let configuration = try settings.preset.configuration(
            beside: large.configuration,
            memory: settings.memoryValue(largeLayerCount: large.configuration.layerCount),
            layerCount: settings.layers, draftTokens: draftTokens, addsLastState: settings.lastState)
        let needsTeacher = try settings.objectives().stages.contains(where: \.objective.needsTeacher)
        let isStored =
            configuration.capturedStates.isSubset(of: data.hasStates) && (data.topCount != nil || !needsTeacher)
        let states = settings.states ?? (isStored ? .stored : .recomputed)
        let trainerSettings = try settings.settings(
            stepCount: try Self.stepCount(settings, data: data, documents: split.documents), states: states)
        display.say(
            "\(modelName): \(configuration.small.layerCount.counted("layer")), \(configuration.draftVocabulary.count) draft tokens; "
                + "\(data.tokenCount) tokens in \(data.documentCount) documents, states "
                + (states == .stored ? "stored" : "recomputed"))
        record = Self.record(self.large, settings: settings, rankCount: collective.rankCount)
        let goesOn = try collective.rank != 0 || CheckpointFolder(path: folder + "/checkpoints").latest() != nil
        let initial = try StartingWeights.make(
            configuration, large: large, isWarm: settings.start == .warm, isNeeded: !goesOn, data: data,
            documents: split.documents, settings: trainerSettings, pool: pool
        ) { display.say("Copies the large model's last layers and fits the input.") }
        let trainer = try Trainer(
            configuration, initial: initial, large: large, data: data, documents: split.documents,
            settings: trainerSettings, collective: collective, pool: pool)
        self.trainer = trainer
        let heldOut = try split.heldOutDocuments.map {
            try HeldOutMeasure(
                of: trainer, on: split.heldOutData, documents: $0, tokenCount: settings.measureTokens,
                draftTokenCount: settings.measureDraftTokens)
        }
        trainingRun = try TrainingRun(
            trainer, heldOut: heldOut, folder: folder, schedule: settings.schedule,
            settings: try TrainingRun.settingsText(
                trainerSettings,
                facts: [
                    "configuration": try Self.digest(of: configuration), "start": settings.start.rawValue,
                    "large": large.fingerprint, "tokenizer": tokenizer.fingerprint,
                    "data": "\(data.tokenCount) tokens in \(data.documentCount) documents, \(split.documents)",
                ]),
            record: record,
            now: ProgressBar.uptime)
    }

    /// Takes the steps that are left; whether the run is finished.
    func run(stop: StopFlag, display: TrainingDisplay) throws -> Bool {
        let stepCount = trainer.settings.stepCount
        var hasBegun = false
        return try trainingRun.run {
            stop.isRaised
        } observe: { event in
            if !hasBegun, case .stepped(let report, _) = event {
                display.begin(at: report.step - 1, of: stepCount, tokensPerStep: Double(report.tokenCount))
                hasBegun = true
            }
            display.show(event, stepCount: stepCount)
            if case .stepped(let report, let seconds) = event {
                tokenCount += report.tokenCount
                stepSeconds += seconds
            }
        }
    }

    /// Writes the report, and the bundle if the run is finished; says what it came to. For rank 0 alone.
    func write(isFinished: Bool, display: TrainingDisplay) throws -> TrainingResult {
        let lines = try MetricsFile.read(path: trainingRun.metricsPath)
        let page = TrainingPage(title: "Training beside \(modelName)", trainer: trainer, record: record, lines: lines)
        try page.write(to: folder + "/report.html")
        let result = result(lines)
        guard isFinished, tokenCount > 0 || !keepsBundle(display) else { return result }
        var contents = BundleContents(
            name: "Tandem for \(modelName)", configuration: trainer.configuration, weights: trainer.averagedWeights,
            storage: settings.storage, large: large, tokenizerFingerprint: tokenizerFingerprint)
        contents.record = try JSONValue(parsing: [UInt8](TrainingRecordDocument(record, trainer).json()))
        contents.figures = result.figures
        try TandemBundle.write(contents, to: bundlePath)
        return result
    }

    /// Whether a bundle of a run that was finished before stays: others may have added a router or a judge to it.
    private func keepsBundle(_ display: TrainingDisplay) -> Bool {
        guard FileManager.default.fileExists(atPath: bundlePath + "/config.json") else { return false }
        if let storage = try? TandemBundle(path: bundlePath).storage, storage != settings.storage {
            display.say(
                "\(bundlePath) stays as it is, in \(storage.rawValue); remove it to have it written in "
                    + "\(settings.storage.rawValue).")
        }
        return true
    }

    /// Where the trained model is, once it is.
    private var bundlePath: String { folder + "/bundle" }

    private func result(_ lines: [(step: Int, values: [String: Double])]) -> TrainingResult {
        let measured = lines.last { $0.values["heldout_loss"] != nil }?.values ?? [:]
        return TrainingResult(
            model: modelName, bundle: bundlePath, steps: trainer.step, parameters: trainer.parameterCount,
            tokensPerSecond: stepSeconds > 0 ? Double(tokenCount) / stepSeconds : nil,
            seconds: (ContinuousClock.now - started) / .seconds(1), loss: measured["heldout_loss"],
            accuracy: measured["heldout_accuracy"], crossEntropy: measured["heldout_cross_entropy"],
            agreement: measured["heldout_agreement"], variation: measured["heldout_variation"],
            tokensPerRound: measured["heldout_tokens_per_round_5"])
    }

    private static func stepCount(
        _ settings: TrainingOptions, data: TrainingData, documents: Range<Int>
    ) throws -> Int {
        if let steps = settings.steps { return steps }
        let plan = try SequencePlan(data, documents: documents, settings: settings.plan())
        return (0..<(settings.epochs ?? 1)).reduce(0) { $0 + plan.steps(ofEpoch: $1).count }
    }

    private static func digest(of configuration: TandemConfiguration) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        var digest = SHA256()
        digest.update(MappedBytes([UInt8](try encoder.encode(configuration))))
        return digest.hexadecimal()
    }

    private static func record(_ large: LargeModelIdentity, settings: TrainingOptions, rankCount: Int) -> RunRecord {
        RunRecord(
            command: ["tandem"] + CommandLine.arguments.dropFirst(), version: ProgramVersion.current,
            startTime: Date().formatted(.iso8601), seeds: ["run": settings.seed],
            inputs: large.contentHash.map { [.init(role: "large model", name: large.name, hash: $0)] } ?? [],
            machine: ["system": ProcessInfo.processInfo.operatingSystemVersionString], rankCount: rankCount)
    }
}
