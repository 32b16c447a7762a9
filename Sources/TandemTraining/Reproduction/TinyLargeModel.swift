import TandemCheckpoint
public import TandemMath
import TandemModels

/// A large model in miniature, trained on the spot: for proofs of the whole way that take no download and little time.
///
/// It is trained by the one trainer, as a small model without memory, and written as a GGUF file like any other.
public enum TinyLargeModel {
    /// How it is made.
    public struct Settings: Sendable, Equatable {
        /// Layers.
        public var layerCount = 4
        /// Channels.
        public var width = 128
        /// Steps of training.
        public var stepCount = 250
        /// Tokens of a step.
        public var stepTokenCount = 2_048
        /// Tokens of a document.
        public var documentLength = 128
        /// Decides text and weights.
        public var seed: UInt64 = 1

        /// What takes less than a minute.
        public init() {}
    }

    /// Trains a model of ``TinyLanguage`` and writes it to `path`.
    ///
    /// - Parameters:
    ///   - path: Where the GGUF file is to be.
    ///   - settings: Its shape and how long it is trained.
    ///   - folder: For the text that it is trained on.
    ///   - pool: Threads for it.
    ///   - progress: Hears of every step: its number, that of all, the loss.
    /// - Throws: What training and writing throw.
    public static func write(
        to path: String, settings: Settings = Settings(), folder: String, pool: ComputePool,
        progress: (_ step: Int, _ count: Int, _ loss: Double) throws -> Void = { _, _, _ in }
    ) throws {
        let shape = try TransformerConfiguration(
            architecture: .llama, vocabularyCount: TinyLanguage.vocabularyCount, width: settings.width,
            layerCount: settings.layerCount, headCount: settings.width / 32, keyValueHeadCount: settings.width / 64,
            feedForwardWidth: settings.width * 2, contextLength: max(512, settings.documentLength))
        let configuration = try TandemConfiguration(
            small: shape, largeWidth: shape.width, largeLayerCount: shape.layerCount, memory: .none)
        var language = TinyLanguage(seed: settings.seed)
        let textPath = folder + "/large.tokens"
        let tokenCount = settings.stepCount * settings.stepTokenCount
        try language.write(
            documentCount: tokenCount / settings.documentLength + 1, length: settings.documentLength, to: textPath)
        let trainer = try Trainer(
            configuration, initial: configuration.makeWeights(seed: settings.seed), large: nil,
            data: TrainingData(paths: [textPath]),
            settings: TrainerSettings(
                plan: .init(
                    sequenceLength: settings.documentLength, stepTokenCount: settings.stepTokenCount,
                    seed: settings.seed), blocks: .whole, objectives: ObjectiveSchedule(.data),
                rate: LearningRateSchedule(
                    peak: 4e-3, warmUpSteps: settings.stepCount / 20, totalSteps: settings.stepCount,
                    finalShare: 0.02), optimizer: AdamW.Settings(weightDecay: 0.01), averageDecay: 0.98), pool: pool)
        while trainer.step < settings.stepCount {
            let report = try trainer.advance()
            try progress(report.step, settings.stepCount, report.sums.loss)
        }
        let weights = trainer.averagedWeights
        try GGUFModelWriter.write(shape, name: "Tiny language model", to: path) { path in
            let parameter: SmallParameter =
                switch path {
                case .embedding: .embedding
                case .outputNorm: .outputNorm
                case .output: .head
                case .layer(let layer, let parameter): .layer(layer, parameter)
                }
            guard let weight = weights[parameter] else {
                throw TrainingError("The trained model has no \(parameter).")
            }
            return weight
        }
    }
}
