import TandemMath

/// Memory for one pass of a small model at a time.
///
/// Made for training, it has scratch for every layer, and holds what the last ``SmallModel/absorb(_:hiddenStates:scratch:pool:)``
/// and the last pass left, for the way back.
public final class SmallScratch {
    let states: Matrix
    let hidden: ActivationRows
    let embedded: ActivationRows
    let before: ActivationRows
    let selected: ActivationRows
    /// Logits of the draft vocabulary alone.
    let logits: Matrix
    /// Where the last pass left its logits: ``logits`` or a matrix with more columns.
    private(set) var output: Matrix
    /// Last states, projected.
    let lastSums: Matrix
    let rotary: RotaryTable
    /// For each projection, normalised states side by side.
    let contexts: [ActivationRows]
    /// For each projection, its rows.
    let projected: [ActivationRows]
    let isForTraining: Bool
    private(set) var plan: AttentionPlan?
    private(set) var tokens: [Int] = []
    var memorySpans: [Range<Int>] = []
    var memoryPositions: [Int] = []
    private let blockScratches: [BlockScratch]
    private let memoryKeys: [Matrix]
    private let memoryValues: [Matrix]
    /// Of every layer in training, if heads have norms; else none.
    private let memoryKeysBeforeNorm: [Matrix]
    let working: GradientScratch
    let gradient: Matrix
    let projectedGradients: [Matrix]
    let contextGradients: [Matrix]

    /// Scratch for a model of this shape; `forTraining` if a way back will follow.
    public init(_ configuration: TandemConfiguration, forTraining: Bool = false) {
        let small = configuration.small
        let large = configuration.largeWidth
        states = Matrix(rows: 0, columns: small.width)
        hidden = ActivationRows(columns: small.width)
        embedded = ActivationRows(columns: large)
        before = ActivationRows(columns: large)
        selected = ActivationRows(columns: small.width)
        logits = Matrix(rows: 0, columns: configuration.draftTokens?.count ?? small.vocabularyCount)
        output = logits
        lastSums = Matrix(rows: 0, columns: small.width)
        rotary = RotaryTable(frequencies: small.rotaryFrequencies)
        let projections = configuration.projections
        contexts = projections.map { ActivationRows(columns: $0.count * large) }
        projected = projections.map { _ in ActivationRows(columns: small.width) }
        isForTraining = forTraining
        let count = forTraining ? small.layerCount : 1
        let keyValueWidth = small.keyValueHeadCount * small.headWidth
        blockScratches = (0..<count).map { _ in BlockScratch(small, keeps: forTraining) }
        memoryKeys = (0..<count).map { _ in Matrix(rows: 0, columns: keyValueWidth) }
        memoryValues = (0..<count).map { _ in Matrix(rows: 0, columns: keyValueWidth) }
        memoryKeysBeforeNorm = (0..<(forTraining && small.hasQueryKeyNorm ? count : 0)).map { _ in
            Matrix(rows: 0, columns: keyValueWidth)
        }
        working = GradientScratch(small)
        gradient = Matrix(rows: 0, columns: small.width)
        projectedGradients = projections.map { _ in Matrix(rows: 0, columns: small.width) }
        contextGradients = projections.map { Matrix(rows: 0, columns: $0.count * large) }
    }

    func block(_ layer: Int) -> BlockScratch { blockScratches[isForTraining ? layer : 0] }
    func memoryKeys(_ layer: Int) -> Matrix { memoryKeys[isForTraining ? layer : 0] }
    func memoryValues(_ layer: Int) -> Matrix { memoryValues[isForTraining ? layer : 0] }
    func memoryKeysBeforeNorm(_ layer: Int) -> Matrix? {
        memoryKeysBeforeNorm.isEmpty ? nil : memoryKeysBeforeNorm[layer]
    }

    /// Makes room for logits with some columns behind those of the draft vocabulary, and returns where.
    func prepareLogits(rows: Int, extraColumns: Int) -> Matrix {
        // Few widths, so that a growing vocabulary seldom needs another matrix.
        let columns = logits.columns + (extraColumns + 127) / 128 * 128
        if columns == logits.columns {
            output = logits
        } else if output.columns != columns {
            output = Matrix(rows: rows, columns: columns)
        }
        output.resize(rows: rows)
        return output
    }

    func begin(plan: AttentionPlan, tokens: [Int]) {
        self.plan = plan
        self.tokens = tokens
    }
}
