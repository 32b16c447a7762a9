import Foundation

/// A run in its folder: steps, measurements, checkpoints; goes on where an earlier process ended.
///
///     run/checkpoints/step-000001000.tandemstate    the newest few
///     run/metrics.jsonl                             a line for each step, and one for each measurement
///
/// The weights at the end are the same bits however often the run was interrupted.
public final class TrainingRun {
    /// When what happens beside the steps.
    public struct Schedule: Sendable, Equatable {
        /// Steps between checkpoints; nil for none by steps.
        public var checkpointStepCount: Int?
        /// Time between checkpoints; nil for none by time.
        public var checkpointInterval: Duration?
        /// Checkpoints that stay.
        public var keptCheckpointCount: Int
        /// Steps between measurements on held-out text.
        public var measureStepCount: Int

        /// A checkpoint every five minutes, a measurement every 100 steps unless told otherwise.
        public init(
            checkpointStepCount: Int? = nil, checkpointInterval: Duration? = .seconds(300),
            keptCheckpointCount: Int = 2, measureStepCount: Int = 100
        ) {
            self.checkpointStepCount = checkpointStepCount
            self.checkpointInterval = checkpointInterval
            self.keptCheckpointCount = keptCheckpointCount
            self.measureStepCount = measureStepCount
        }
    }

    /// What just happened.
    public enum Event: Sendable {
        /// The run goes on after this many steps.
        case resumed(step: Int)
        /// A step was taken, in so many seconds.
        case stepped(Trainer.StepReport, seconds: Double)
        /// Held-out text was measured; on the first rank perhaps drafting, too.
        case measured(step: Int, LossSums, drafts: EvaluationReport?)
        /// A checkpoint is on the disk.
        case saved(step: Int)
    }

    /// Held-out documents on which drafting is measured in the end.
    private static let finalDocumentCount = 100

    /// What trains.
    public let trainer: Trainer
    /// The run's folder.
    public let folder: String
    private let schedule: Schedule
    private let heldOut: HeldOutMeasure?
    private let settingsText: String
    /// How the run came about. One that goes on keeps the time at which it began.
    public private(set) var record: RunRecord
    /// Rank 0 alone writes.
    private let checkpoints: CheckpointFolder?
    private let now: () -> Duration
    private var metrics: MetricsFile?

    /// Opens the run's folder, or makes it. What a process that was killed has left half written is removed.
    ///
    /// - Parameters:
    ///   - trainer: What trains, at its beginning.
    ///   - heldOut: What is measured now and then; nil for nothing.
    ///   - folder: Where everything is written.
    ///   - schedule: When what happens beside the steps.
    ///   - settings: What must be the same for a run to go on, as text: see ``settingsText(_:facts:)``.
    ///   - record: How the run came about.
    ///   - now: A clock that does not go back.
    /// - Throws: ``TrainingError`` if the folder cannot be made.
    public init(
        _ trainer: Trainer, heldOut: HeldOutMeasure?, folder: String, schedule: Schedule, settings: String,
        record: RunRecord, now: @escaping () -> Duration
    ) throws {
        self.trainer = trainer
        self.heldOut = heldOut
        self.folder = folder
        self.schedule = schedule
        settingsText = settings
        self.record = record
        self.now = now
        checkpoints =
            trainer.collective.rank == 0
            ? try CheckpointFolder(path: folder + "/checkpoints", keptCount: schedule.keptCheckpointCount) : nil
        checkpoints?.removeRemains()
    }

    /// Where the run's curves are kept.
    public var metricsPath: String { folder + "/metrics.jsonl" }

    /// Takes all steps that are left.
    ///
    /// - Parameters:
    ///   - isStopRequested: Asked before each step. Once true on any rank, the run writes a checkpoint and returns.
    ///   - observe: Hears of everything that happens, on every rank.
    /// - Returns: Whether the run is finished.
    @discardableResult
    public func run(isStopRequested: () -> Bool = { false }, observe: (Event) throws -> Void = { _ in }) throws -> Bool
    {
        try resume()
        if trainer.step > 0 { try observe(.resumed(step: trainer.step)) }
        if trainer.collective.rank == 0 { metrics = try MetricsFile(path: metricsPath, goingOnAfter: trainer.step) }
        if trainer.step == 0 { try measure(isLast: false, observe) }
        var savedAt = now()
        var savedStep = trainer.step
        while trainer.step < trainer.settings.stepCount {
            let start = now()
            let report = try trainer.advance(isStopRequested: isStopRequested())
            let seconds = (now() - start) / .seconds(1)
            try metrics?.append(step: report.step, values(of: report, seconds: seconds))
            try observe(.stepped(report, seconds: seconds))
            let isLast = report.step == trainer.settings.stepCount
            if isLast || report.step % schedule.measureStepCount == 0 { try measure(isLast: isLast, observe) }
            let isDue =
                schedule.checkpointStepCount.map { report.step % $0 == 0 } ?? false
                || schedule.checkpointInterval.map { now() - savedAt >= $0 } ?? false
            if isDue || isLast || report.isStopRequested {
                try save(observe)
                (savedAt, savedStep) = (now(), report.step)
            }
            if report.isStopRequested, !isLast { break }
        }
        if savedStep < trainer.step { try save(observe) }
        try trainer.collective.barrier()
        return trainer.step >= trainer.settings.stepCount
    }

    private func resume() throws {
        var found = [0.0]
        let checkpoint = try checkpoints?.latest()
        if let checkpoint {
            try checkpoint.requireSame(settings: settingsText, layout: trainer.weights.layout)
            record.startTime = checkpoint.state.record.startTime
            found = [1]
        }
        try trainer.collective.sum(&found)
        if found[0] > 0 { try trainer.restore(checkpoint) }
    }

    private func measure(isLast: Bool, _ observe: (Event) throws -> Void) throws {
        guard let heldOut else { return }
        let sums = try heldOut.measure()
        var values = [
            "heldout_loss": sums.loss, "heldout_accuracy": sums.accuracy, "heldout_cross_entropy": sums.crossEntropy,
        ]
        if sums.taughtCount > 0 {
            values["heldout_agreement"] = sums.agreement
            values["heldout_variation"] = sums.variation
            values["heldout_divergence"] = sums.divergence
        }
        let drafts = try heldOut.measureDrafts()
        if let drafts { values.merge(drafts.curveValues) { value, _ in value } }
        if isLast, let final = try heldOut.measureDrafts(documentCount: Self.finalDocumentCount) {
            values.merge(final.finalValues) { value, _ in value }
        }
        try metrics?.append(step: trainer.step, values)
        try observe(.measured(step: trainer.step, sums, drafts: drafts))
    }

    private func values(of report: Trainer.StepReport, seconds: Double) -> [String: Double] {
        var values = [
            "epoch": Double(report.epoch), "loss": report.sums.loss, "accuracy": report.sums.accuracy,
            "gradient_norm": report.gradientNorm, "rate": report.rate, "tokens": Double(report.tokenCount),
            "seconds": seconds,
        ]
        if report.sums.taughtCount > 0 { values["agreement"] = report.sums.agreement }
        return values
    }

    private func save(_ observe: (Event) throws -> Void) throws {
        if let checkpoints {
            try metrics?.synchronize()
            try checkpoints.write(
                trainer.state(settings: settingsText, record: record), arenas: trainer.arenas)
        }
        try observe(.saved(step: trainer.step))
    }

    /// What must be the same for a run to go on: everything that decides its weights but the number of ranks, which changes
    /// no more than the rounding of sums.
    ///
    /// - Parameters:
    ///   - settings: What decides the weights.
    ///   - facts: What is not among the settings: the models and the data, by name.
    public static func settingsText(_ settings: TrainerSettings, facts: [String: String]) throws -> String {
        struct Everything: Encodable {
            let trainer: TrainerSettings
            let facts: [String: String]
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(Everything(trainer: settings, facts: facts)), as: UTF8.self)
    }
}
