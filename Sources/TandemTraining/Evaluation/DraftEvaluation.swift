public import TandemMath
public import TandemModels

/// Measures small models beside their large one, on texts.
///
/// For every marked token and every place in a block, the prediction that the small model would make there if all before
/// it were the text's tokens. Blocks of the greatest length, begun at each of as many offsets, put every position at
/// every place:
///
///     offset 0   |0 1 2 3|4 5 6 7|8 …
///     offset 1    0|1 2 3 4|5 6 7 8|…       position 5: place 1 of its block with offset 0, place 0 with offset 1, …
///
/// From the places at which the most probable token is the text's, greedy rounds of any block length can be replayed
/// exactly: a round that keeps k tokens begins anew k + 1 positions later. That is done where the text is what the large model
/// would have written greedily: in documents whose marked tokens all are its most probable ones. All models share the large
/// model's pass.
///
///     let evaluation = try DraftEvaluation(of: [small], beside: large, pool: pool)
///     for document in documents { try evaluation.add(document) }
///     let report = evaluation.reports[0]
///     report.overall.agreement
///     report.rounds.first { $0.blockLength == 5 }?.tokensPerRound   // nil if no document was greedy
public final class DraftEvaluation {
    /// What is measured, and how.
    public struct Settings: Sendable, Equatable {
        /// The longest block.
        public var blockLength: Int
        /// Whether both models draw tokens with shared noise; takes most of the time with large vocabularies.
        public var samples: Bool
        /// What the noise is made from.
        public var seed: UInt64
        /// Rows of logits that are in memory at once.
        public var chunkRowCount: Int

        /// Blocks of eight, with draws, unless told otherwise.
        public init(blockLength: Int = 8, samples: Bool = true, seed: UInt64 = 1, chunkRowCount: Int = 64) {
            precondition(blockLength > 0 && chunkRowCount > 0, "Blocks and chunks have something in them.")
            self.blockLength = blockLength
            self.samples = samples
            self.seed = seed
            self.chunkRowCount = chunkRowCount
        }
    }

    private let large: LargeModel
    private let models: [DraftReader]
    private let settings: Settings
    private let pool: ComputePool
    private let scratch: ModelScratch
    private var sums: [ModelSums]
    private var largeAccuracy = ClusteredMean()
    private var largeSurprise = ClusteredMean()
    /// Documents so far.
    public private(set) var documentCount = 0
    /// Those of them whose marked tokens all are the large model's most probable ones.
    public private(set) var greedyDocumentCount = 0
    /// Marked tokens so far.
    public private(set) var tokenCount = 0

    /// Measures `models`, in either form, beside `large`.
    ///
    /// - Throws: `ConfigurationError` if a model belongs to a large model of another shape.
    public init(
        of models: [SmallModel], beside large: LargeModel, settings: Settings = Settings(), pool: ComputePool
    ) throws {
        for model in models {
            let configuration = model.configuration
            guard configuration.largeWidth == large.configuration.width,
                configuration.largeLayerCount == large.configuration.layerCount,
                configuration.small.vocabularyCount == large.configuration.vocabularyCount
            else {
                throw ConfigurationError(
                    "The small model is for a large one of \(configuration.largeLayerCount) layers of "
                        + "\(configuration.largeWidth), and this one has \(large.configuration.layerCount) of "
                        + "\(large.configuration.width). Give the one that it was trained for.")
            }
        }
        self.large = large
        self.models = models.map { DraftReader($0, blockLength: settings.blockLength) }
        self.settings = settings
        self.pool = pool
        scratch = ModelScratch(large.configuration)
        sums = models.map { _ in ModelSums(blockLength: settings.blockLength) }
    }

    /// Reads a document; what is marked in it counts.
    ///
    /// - Throws: `ModelError` if a token is not the large model's, or the document longer than its context.
    public func add(_ document: EvaluationDocument) throws {
        let rows = document.predictingPositions
        guard !rows.isEmpty else { return }
        guard document.tokens.count <= large.configuration.contextLength else {
            throw ModelError.contextFull(
                positions: document.tokens.count, capacity: large.configuration.contextLength)
        }
        let last = large.configuration.layerCount
        let captured = models.reduce(into: Set([last])) { $0.formUnion($1.model.configuration.capturedStates) }
        let span = ModelSpan(
            cache: large.makeCache(capacity: document.tokens.count), tokens: document.tokens, logits: .none)
        let output = try large.forward([span], capturing: captured, scratch: scratch, pool: pool)
        guard let final = output.hiddenStates[last] else { return }
        for model in models {
            try model.read(document.tokens, from: rows[0], hiddenStates: output.hiddenStates, pool: pool)
        }
        var places = models.map { _ in [PlaceSums](repeating: PlaceSums(), count: settings.blockLength) }
        var replays = models.map { _ in
            RoundReplay(blockLength: settings.blockLength, positionCount: document.tokens.count)
        }
        var largeCorrect = 0
        var surprise = 0.0
        for start in stride(from: 0, to: rows.count, by: settings.chunkRowCount) {
            let chunk = rows[start..<min(rows.count, start + settings.chunkRowCount)]
            let target = TargetRows(
                large.logits(afterFinal: final, rows: chunk, scratch: scratch, pool: pool),
                labels: chunk.map { document.tokens[$0 + 1] },
                noises: settings.samples
                    ? chunk.map { GumbelNoise(seed: settings.seed &+ UInt64(documentCount), position: $0 + 1) } : nil,
                pool: pool)
            largeCorrect += target.correctCount
            surprise += target.surprise
            for (index, model) in models.enumerated() {
                model.compare(target, rows: chunk, pool: pool) { place, position, outcome in
                    places[index][place].add(outcome)
                    replays[index].set(place: place, position: position, isCorrect: outcome.isCorrect)
                }
            }
        }
        let isGreedy = largeCorrect == rows.count
        for (index, model) in models.enumerated() {
            sums[index].add(document, places: places[index], replay: isGreedy ? replays[index] : nil)
            sums[index].addCoverage(of: document, vocabulary: model.vocabulary)
        }
        largeAccuracy.add(sum: Double(largeCorrect), count: rows.count)
        largeSurprise.add(sum: surprise, count: rows.count)
        documentCount += 1
        if isGreedy { greedyDocumentCount += 1 }
        tokenCount += rows.count
    }

    /// What was found so far, model by model.
    public var reports: [EvaluationReport] {
        let none = Estimate(value: 0, error: nil)
        let reference = EvaluationReport.Reference(
            accuracy: largeAccuracy.estimate ?? none, crossEntropy: largeSurprise.estimate ?? none)
        return sums.map {
            $0.report(
                documentCount: documentCount, greedyDocumentCount: greedyDocumentCount, tokenCount: tokenCount,
                samples: settings.samples, large: reference)
        }
    }
}

/// What the large model expects after some positions.
struct TargetRows {
    /// Its logits, which its scratch holds.
    let logits: Matrix
    /// The text's next tokens.
    let labels: [Int]
    /// Its most probable tokens.
    let greatest: [Int]
    /// What it draws, and with which noise; empty without draws.
    let draws: [Int]
    let noises: [GumbelNoise]
    /// −ln p of the labels.
    let surprises: [Double]

    init(_ logits: Matrix, labels: [Int], noises: [GumbelNoise]?, pool: ComputePool) {
        self.logits = logits
        self.labels = labels
        self.noises = noises ?? []
        greatest = labels.indices.map { Kernels.argmax(logits, row: $0) }
        draws = noises.map { Kernels.draws(logits.allRows, noises: $0, on: pool) } ?? []
        surprises = labels.enumerated().map { row, label in
            Double(Kernels.logSumExp(logits, row: row) - logits[row, label])
        }
    }

    /// −ln p of the labels, summed.
    var surprise: Double { surprises.reduce(0, +) }

    var correctCount: Int { zip(labels, greatest).count { $0 == $1 } }
}
