import Foundation
import TandemCheckpoint
public import TandemMath
public import TandemModels

/// Trains the four models of the paper's first table with everything else equal, and measures them.
///
/// Every run has a folder of its own and goes on where it was interrupted; the weights do not depend on that.
///
///     runs/tandem-distil-1/checkpoints, metrics.jsonl
public final class Table1Reproduction {
    /// A text that is evaluated.
    public struct Test: Sendable {
        /// What it is called in the table.
        public var name: String
        /// Its documents.
        public var documents: [EvaluationDocument]

        /// A text with a name.
        public init(name: String, documents: [EvaluationDocument]) {
            self.name = name
            self.documents = documents
        }
    }

    /// What just happened.
    public enum Event {
        /// A run begins, or goes on; counted from 0.
        case began(Table1Arm, seed: UInt64, index: Int, count: Int)
        /// It has taken a step.
        case stepped(step: Int, loss: Double)
        /// It is finished, now or before.
        case trained(Table1Arm, seed: UInt64, Trainer)
        /// The models of a seed are being evaluated: tokens read, and to be read.
        case evaluating(seed: UInt64, tokens: Int, count: Int)
    }

    private let large: LargeModel
    private let largeName: String
    private let data: TrainingData
    private let documents: Range<Int>
    private let heldOut: (data: TrainingData, documents: Range<Int>)
    private let tests: [Test]
    private let settings: Table1Settings
    private let folder: String
    private let record: RunRecord
    private let pool: ComputePool

    /// Prepares a reproduction.
    ///
    /// - Parameters:
    ///   - large: The large model.
    ///   - largeName: What people call it.
    ///   - data: What is learnt from.
    ///   - documents: Which documents of it.
    ///   - heldOut: Where learning curves are measured.
    ///   - tests: What the table is made from.
    ///   - settings: What all models have in common.
    ///   - folder: Where runs are kept.
    ///   - record: How it came about.
    ///   - pool: Threads for it.
    public init(
        large: LargeModel, named largeName: String, data: TrainingData, documents: Range<Int>,
        heldOut: (data: TrainingData, documents: Range<Int>), tests: [Test], settings: Table1Settings, folder: String,
        record: RunRecord, pool: ComputePool
    ) {
        self.large = large
        self.largeName = largeName
        self.data = data
        self.documents = documents
        self.heldOut = heldOut
        self.tests = tests
        self.settings = settings
        self.folder = folder
        self.record = record
        self.pool = pool
    }

    /// Trains and evaluates everything.
    ///
    /// - Throws: What training throws, and what `observe` throws: then what is done stays for the next time.
    public func run(observe: (Event) throws -> Void = { _ in }) throws -> Table1Result {
        let dataHash = try TrainingDataIdentity(of: data, role: "data").hash
        let draftTokens = try settings.draftVocabularyCount.map {
            try DraftVocabulary(mostFrequent: $0, in: data, documents: documents).allTokens.map(Int.init)
        }
        var runs: [Table1Result.Run] = []
        let count = settings.seeds.count * Table1Arm.allCases.count
        for seed in settings.seeds {
            var models: [SmallModel] = []
            let first = runs.count
            for arm in Table1Arm.allCases {
                try observe(.began(arm, seed: seed, index: runs.count, count: count))
                let trainer = try train(arm, seed: seed, draftTokens: draftTokens, dataHash: dataHash) { report in
                    try observe(.stepped(step: report.step, loss: report.sums.loss))
                }
                try observe(.trained(arm, seed: seed, trainer))
                models.append(
                    try SmallModel(
                        trainer.configuration, weights: trainer.averagedWeights, large: large, form: .training,
                        pool: pool))
                runs.append(
                    Table1Result.Run(
                        arm: arm, seed: seed, parameterCount: trainer.parameterCount,
                        curve: try curve(of: runFolder(arm, seed)), evaluations: [:]))
            }
            try evaluate(models, seed: seed, observe: observe) { index, test, report in
                runs[first + index].evaluations[test] = report
            }
        }
        return Table1Result(
            settings: settings, largeModel: largeName,
            data: "\(data.tokenCount) tokens in \(data.documentCount) documents, \(documents.count) of them learnt",
            tests: tests.map(\.name), runs: runs)
    }

    private func runFolder(_ arm: Table1Arm, _ seed: UInt64) -> String { "\(folder)/runs/\(arm.rawValue)-\(seed)" }

    private func train(
        _ arm: Table1Arm, seed: UInt64, draftTokens: [Int]?, dataHash: String,
        observe: (Trainer.StepReport) throws -> Void
    ) throws -> Trainer {
        let configuration = try settings.configuration(
            of: arm, beside: large.configuration, draftTokens: draftTokens)
        let trainerSettings = try settings.trainerSettings(of: arm, seed: seed)
        // All models begin as copies of the large one's layers, so that memory is the only difference.
        let initial = try StartingWeights.make(
            configuration, large: large, isWarm: settings.startsWarm,
            isNeeded: CheckpointFolder(path: runFolder(arm, seed) + "/checkpoints").latest() == nil, data: data,
            documents: documents, settings: trainerSettings, pool: pool)
        let trainer = try Trainer(
            configuration, initial: initial, large: large, data: data, documents: documents,
            settings: trainerSettings, pool: pool)
        let measure = try HeldOutMeasure(
            of: trainer, on: heldOut.data, documents: heldOut.documents, tokenCount: settings.measureTokenCount)
        let clock = ContinuousClock()
        let start = clock.now
        let run = try TrainingRun(
            trainer, heldOut: measure, folder: runFolder(arm, seed),
            schedule: .init(
                checkpointInterval: .seconds(60), keptCheckpointCount: 1, measureStepCount: settings.measureStepCount),
            settings: try TrainingRun.settingsText(
                trainerSettings,
                facts: [
                    "arm": arm.rawValue, "large": large.fingerprint, "warm": "\(settings.startsWarm)",
                    "layers": "\(settings.layerCount)", "draft tokens": "\(draftTokens?.count ?? 0)",
                    "data": "\(data.tokenCount) tokens in \(data.documentCount) documents, \(documents)",
                    "data hash": dataHash,
                ]), record: record, now: { clock.now - start })
        try run.run(observe: { event in
            if case .stepped(let report, _) = event { try observe(report) }
        })
        return trainer
    }

    private func curve(of folder: String) throws -> [Table1Result.CurvePoint] {
        var points: [Table1Result.CurvePoint] = []
        for line in try MetricsFile.read(path: folder + "/metrics.jsonl") {
            guard let accuracy = line.values["heldout_accuracy"],
                let crossEntropy = line.values["heldout_cross_entropy"]
            else { continue }
            // A run that was interrupted before its first checkpoint measures its beginning again.
            if points.last?.step == line.step { points.removeLast() }
            points.append(.init(step: line.step, accuracy: accuracy, crossEntropy: crossEntropy))
        }
        return points
    }

    private func evaluate(
        _ models: [SmallModel], seed: UInt64, observe: (Event) throws -> Void,
        _ body: (Int, String, EvaluationReport) -> Void
    ) throws {
        let count = tests.reduce(0) { $0 + $1.documents.reduce(0) { $0 + $1.tokens.count } }
        var readCount = 0
        for test in tests {
            let evaluation = try DraftEvaluation(
                of: models, beside: large,
                settings: .init(blockLength: settings.evaluatedBlockLength, samples: false), pool: pool)
            for document in test.documents {
                try observe(.evaluating(seed: seed, tokens: readCount, count: count))
                try evaluation.add(document)
                readCount += document.tokens.count
            }
            for (index, report) in evaluation.reports.enumerated() { body(index, test.name, report) }
        }
    }
}
