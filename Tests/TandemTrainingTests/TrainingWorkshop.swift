import Foundation
import TandemCheckpoint
import TandemMath
import TandemModels
import TandemTestSupport

@testable import TandemTraining

/// A tiny large model, text with a pattern, and what the large model thinks of it: all that a trainer needs.
struct TrainingWorkshop {
    let folder: TemporaryFolder
    let large: LargeModel
    let data: TrainingData

    /// Documents of 20 to 40 tokens, each going round in steps of its own.
    init(documentCount: Int = 12, storesStates: Bool = true, architecture: Architecture = .llama) throws {
        folder = try TemporaryFolder()
        let pool = ComputePool(threadCount: 1)
        large = try LargeModel(
            RandomModel(
                try TransformerConfiguration(
                    architecture: architecture, vocabularyCount: 30, width: 32, layerCount: 3, headCount: 4,
                    keyValueHeadCount: 2, feedForwardWidth: 48, contextLength: 64,
                    hasAttentionBias: architecture == .qwen2, hasQueryKeyNorm: architecture == .qwen3)), pool: pool)
        var generator = SeededGenerator(seed: 11)
        let path = folder.file("shard")
        let tokens = try TokenFileWriter(path: path + ".tokens", vocabularyCount: 30, tokenizerFingerprint: "f")
        let top = try TopTokenFileWriter(path: path + ".top", topCount: 4, vocabularyCount: 30)
        let states = try StateFileWriter(path: path + ".states", states: [1, 2, 3], width: 32)
        let scratch = ModelScratch(large.configuration)
        for _ in 0..<documentCount {
            let count = generator.next(in: 20...40)
            let step = generator.next(in: 1...3)
            let first = generator.next(in: 0...29)
            let document = (0..<count).map { (first + $0 * step) % 30 }
            let marks = (0..<count).map { $0 >= 6 }
            try tokens.append(document, marks: marks)
            let read = try large.forward(
                [ModelSpan(cache: large.makeCache(capacity: count), tokens: Array(document.dropLast()), logits: .all)],
                capturing: [1, 2, 3], scratch: scratch, pool: pool)
            try top.append(Self.top(read.logits, marks: marks))
            try states.append(try Self.halves(read.hiddenStates, states: [1, 2, 3]), tokenCount: count)
        }
        try tokens.finish()
        if storesStates {
            try top.finish()
            try states.finish()
        }
        data = try TrainingData(paths: [path + ".tokens"])
    }

    func configuration(
        memory: TandemConfiguration.Memory = .perLayer(.topAligned), layerCount: Int = 1,
        head: TandemConfiguration.Head = .large, draftCount: Int = 24
    ) throws -> TandemConfiguration {
        let shape = large.configuration
        return try TandemConfiguration(
            small: shape.withLayerCount(layerCount),
            largeWidth: shape.width, largeLayerCount: shape.layerCount, memory: memory,
            embedding: .large(projected: true), head: head, draftTokens: Array(0..<draftCount),
            addsLastState: memory != .none)
    }

    func initial(_ configuration: TandemConfiguration) -> [SmallParameter: Matrix] {
        let weights = configuration.makeWeights(seed: 3)
        if configuration.head == .large, let head = weights[.head] {
            large.copyHead(to: head, tokens: configuration.draftTokens)
        }
        return weights
    }

    func settings(
        objective: Objective = .data, stepCount: Int = 8, rate: Double = 5e-3, states: StateOrigin = .stored,
        stepTokenCount: Int = 160, microBatchTokenCount: Int = 4_096, rounding: BundleStorage? = nil
    ) throws -> TrainerSettings {
        try TrainerSettings(
            plan: .init(sequenceLength: 40, stepTokenCount: stepTokenCount, seed: 5),
            objectives: ObjectiveSchedule(objective),
            rate: LearningRateSchedule(peak: rate, warmUpSteps: 2, totalSteps: stepCount, decay: .none),
            optimizer: AdamW.Settings(weightDecay: 0.01), averageDecay: 0.9, states: states,
            microBatchTokenCount: microBatchTokenCount, rounding: rounding)
    }

    func trainer(
        _ configuration: TandemConfiguration, _ settings: TrainerSettings, threads: Int = 1,
        collective: any Collective = SingleProcess()
    ) throws -> Trainer {
        try Trainer(
            configuration, initial: initial(configuration), large: large, data: data, settings: settings,
            collective: collective, pool: ComputePool(threadCount: threads))
    }

    /// The four most probable tokens at each position whose next token is marked.
    private static func top(_ logits: Matrix, marks: [Bool]) -> TopTokens {
        var (tokens, logProbabilities): ([UInt32], [Float]) = ([], [])
        for position in 0..<logits.rows where marks[position + 1] {
            let row = logits.row(position)
            let greatest = row.max() ?? 0
            let sum = row.reduce(0) { $0 + exponential(Double($1 - greatest)) }
            for token in row.indices.sorted(by: { row[$0] > row[$1] }).prefix(4) {
                tokens.append(UInt32(token))
                // The logarithm of the sum by its series would need a library: a ratio of exponentials does not.
                logProbabilities.append(Float(Foundation.log(exponential(Double(row[token] - greatest)) / sum)))
            }
        }
        return TopTokens(count: 4, tokens: tokens, logProbabilities: logProbabilities)
    }

    /// States as a shard stores them: normalised, in half precision.
    private static func halves(_ hidden: [Int: Matrix], states: [Int]) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for row in 0..<(hidden[states[0]]?.rows ?? 0) {
            for state in states {
                let numbers = hidden[state]?.row(row) ?? []
                let mean = numbers.reduce(0) { $0 + $1 * $1 } / Float(numbers.count)
                let normed = Matrix(rows: 1, columns: numbers.count, values: numbers.map { $0 / mean.squareRoot() })
                bytes += normed.halfPrecisionBytes(row: 0)
            }
        }
        return bytes
    }
}

extension FloatArena {
    /// All numbers' bits.
    var bits: [UInt32] { all.values.map(\.bitPattern) }
}
