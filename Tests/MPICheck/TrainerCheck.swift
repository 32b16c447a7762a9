import TandemMPI
import TandemMath
import TandemModels
import TandemTestSupport
import TandemTraining

/// A training run of a tiny small model beside a tiny large one, on as many ranks as there are.
///
/// The folder is the run's; it is there before. If `diesAt` is given, the last rank is killed at that step.
struct TrainerCheck {
    let collective: any Collective
    let folder: String
    let diesAt: Int?

    private struct Died: Error {}

    /// Trains to the end and returns the loss of every step that this process took.
    func run() throws -> [Double] {
        let pool = ComputePool(threadCount: 1)
        let large = try LargeModel(
            RandomModel(
                TransformerConfiguration(
                    architecture: .llama, vocabularyCount: 30, width: 32, layerCount: 2, headCount: 4,
                    keyValueHeadCount: 2, feedForwardWidth: 48, contextLength: 64)), pool: pool)
        let configuration = try SmallModelPreset.small.configuration(
            beside: large.configuration, draftTokens: Array(0..<24))
        // Random weights differ between ranks here: those of rank 0 count.
        let initial = configuration.makeWeights(seed: UInt64(collective.rank) + 1)
        if let head = initial[.head] { large.copyHead(to: head, tokens: configuration.draftTokens) }
        let trainer = try Trainer(
            configuration, initial: initial, large: large, data: try data(), settings: try settings(),
            collective: collective, pool: pool)
        let run = try TrainingRun(
            trainer, heldOut: nil, folder: folder,
            schedule: .init(checkpointStepCount: 4, checkpointInterval: nil), settings: "check",
            record: RunRecord(
                command: [], version: "1", startTime: "", seeds: [:], inputs: [], machine: [:],
                rankCount: collective.rankCount), now: { .zero })
        var losses: [Double] = []
        try run.run(observe: { event in
            guard case .stepped(let report, _) = event else { return }
            losses.append(report.sums.loss)
            if report.step == diesAt, collective.rank == collective.rankCount - 1 { throw Died() }
        })
        return losses
    }

    private func settings() throws -> TrainerSettings {
        try TrainerSettings(
            plan: .init(sequenceLength: 24, stepTokenCount: 160, seed: 3),
            objectives: ObjectiveSchedule(try .tandemDistil()),
            rate: LearningRateSchedule(peak: 5e-3, warmUpSteps: 2, totalSteps: 12), averageDecay: 0.9,
            states: .recomputed)
    }

    /// Every rank writes a file of its own with the same documents.
    private func data() throws -> TrainingData {
        let path = "\(folder)/text-\(collective.rank)-of-\(collective.rankCount).tokens"
        let writer = try TokenFileWriter(path: path, vocabularyCount: 30, tokenizerFingerprint: "f")
        for document in 0..<24 {
            try writer.append((0..<16 + document % 9).map { (document * 7 + $0 * (1 + document % 3)) % 30 })
        }
        try writer.finish()
        return try TrainingData(paths: [path])
    }
}
