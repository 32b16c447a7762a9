import Foundation
import TandemCheckpoint
import TandemJSON
import TandemModels
import TandemTraining

/// Everything that one call of `tandem train` puts together: models, data, trainer, run.
final class TrainingSession {
    let trainer: Trainer
    private let trainingRun: TrainingRun
    private let settings: TrainingOptions
    private let folder: String
    private let model: TrainingModel
    private let started = ContinuousClock.now
    private var tokenCount = 0
    private var stepSeconds = 0.0

    /// Loads and checks everything.
    init(
        model argument: ModelArgument, settings: TrainingOptions, threadCount: Int, collective: any Collective,
        display: TrainingDisplay
    ) throws {
        let folder = settings.output ?? "."
        if collective.rank == 0 { TandemBundle.finishWriting(at: Self.bundlePath(in: folder)) }
        let model = try TrainingModel(argument, threadCount: threadCount)
        let material = try TrainingMaterial(settings, tokenizerFingerprint: model.tokenizerFingerprint)
        let configuration = try settings.configuration(
            beside: model.large.configuration, draftTokens: material.draftTokens)
        let states = try Self.states(of: material, for: configuration, settings: settings, display: display)
        display.say(
            "\(model.name): \(configuration.small.layerCount.counted("layer")), \(configuration.draftVocabulary.count) draft "
                + "tokens; \(material.summary), states " + (states == .stored ? "stored" : "recomputed"))
        let trainerSettings = try settings.settings(stepCount: material.stepCount(settings), states: states)
        let goesOn = try collective.rank != 0 || CheckpointFolder(path: folder + "/checkpoints").latest() != nil
        let initial = try StartingWeights.make(
            configuration, large: model.large, isWarm: settings.start == .warm, isNeeded: !goesOn, data: material.data,
            documents: material.split.documents, settings: trainerSettings, pool: model.pool
        ) { display.say("Copies the large model's last layers and fits the input.") }
        trainer = try Trainer(
            configuration, initial: initial, large: model.large, data: material.data,
            documents: material.split.documents, settings: trainerSettings, collective: collective, pool: model.pool)
        trainingRun = try TrainingRun(
            trainer, heldOut: material.measure(trainer, settings: settings), folder: folder,
            schedule: settings.schedule,
            settings: TrainingRun.settingsText(
                trainerSettings, facts: Self.facts(model, material, configuration, settings: settings)),
            record: Self.record(model, material, settings: settings, rankCount: collective.rankCount),
            now: ProgressBar.uptime)
        self.settings = settings
        self.folder = folder
        self.model = model
    }

    /// Where hidden states come from: as was asked for, or as the texts allow.
    private static func states(
        of material: TrainingMaterial, for configuration: TandemConfiguration, settings: TrainingOptions,
        display: TrainingDisplay
    ) throws -> StateOrigin {
        let stored = StoredStates(
            for: configuration, needsTeacher: try settings.objectives().needsTeacher, in: material.texts)
        switch settings.states {
        case .recomputed: return .recomputed
        case .stored:
            if let complaint = stored.complaint {
                throw CommandError("\(complaint) \(stored.remedy) Or train with --states recompute.")
            }
            return .stored
        case nil:
            // Whoever has stored some wants them to be used.
            if stored.hasSome, let complaint = stored.complaint {
                display.say(
                    "\(complaint) So the large model reads every text again in every step, which takes about three times as "
                        + "long. \(stored.remedy)")
            }
            return stored.origin
        }
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
        let record = trainingRun.record
        let page = TrainingPage(title: "Training beside \(model.name)", trainer: trainer, record: record, lines: lines)
        try page.write(to: folder + "/report.html")
        let result = result(lines)
        guard isFinished, tokenCount > 0 || !keepsBundle(display) else { return result }
        var contents = BundleContents(
            name: "Tandem for \(model.name)", configuration: trainer.configuration, weights: trainer.averagedWeights,
            storage: settings.storage, large: model.identity, tokenizerFingerprint: model.tokenizerFingerprint)
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
    private var bundlePath: String { Self.bundlePath(in: folder) }

    private static func bundlePath(in folder: String) -> String { folder + "/bundle" }

    private func result(_ lines: [(step: Int, values: [String: Double])]) -> TrainingResult {
        let measured = lines.last { $0.values["heldout_loss"] != nil }?.values ?? [:]
        return TrainingResult(
            model: model.name, bundle: bundlePath, steps: trainer.step, parameters: trainer.parameterCount,
            tokensPerSecond: stepSeconds > 0 ? Double(tokenCount) / stepSeconds : nil,
            seconds: (ContinuousClock.now - started) / .seconds(1), loss: measured["heldout_loss"],
            accuracy: measured["heldout_accuracy"], crossEntropy: measured["heldout_cross_entropy"],
            agreement: measured["heldout_agreement"], variation: measured["heldout_variation"],
            tokensPerRound: measured["heldout_tokens_per_round_5"], drafts: DraftFigures(measured))
    }
}
