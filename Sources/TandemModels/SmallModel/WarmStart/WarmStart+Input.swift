import TandemMath

/// The input of a warm start: ridge regression from what the small model knows of a token to the state that its first layer
/// expects.
///
///     norm(embedding(token p)), norm(final state at b − 1)  ──W──►  norm(state p that enters the layer) · its typical size
///
/// b is where the block of p begins. States are normalised, since a sequence's first is a hundred times as large as the
/// others and would be all that a fit sees.
extension WarmStart {
    /// Penalties to choose from, as shares of the inputs' mean square: the one that does best on text kept back.
    private static let ridges = [1e-4, 1e-3, 1e-2, 1e-1]
    /// One sequence in this many is kept back.
    private static let heldOutShare = 8
    /// Rows of a pass of the large model.
    private static let passRows = 1_024

    static func fitInput(
        _ configuration: TandemConfiguration, _ large: LargeModel, entering layer: Int, tokens: [[Int]], seed: UInt64,
        in weights: [SmallParameter: Matrix], pool: ComputePool
    ) throws {
        if case .large(projected: false) = configuration.embedding {
            weights[.lastState]?.fill(with: 0)
            return
        }
        let sequences = tokens.filter { !$0.isEmpty }
        guard !sequences.isEmpty else {
            throw ConfigurationError(
                "A warm start fits the small model's input to text, and there is none; give it some.")
        }
        for sequence in sequences where sequence.count > large.configuration.contextLength {
            throw ModelError.contextFull(
                positions: sequence.count, capacity: large.configuration.contextLength)
        }
        let fit = InputFit(configuration, large, entering: layer, seed: seed, pool: pool)
        // With few sequences there is nothing to keep back; then every penalty is judged by the text itself.
        let heldOut = sequences.indices.filter { $0 % heldOutShare == heldOutShare - 1 }
        let kept = sequences.indices.filter { $0 % heldOutShare != heldOutShare - 1 }
        let equations = try fit.read(kept.map { sequences[$0] }, rowsPerPass: passRows)
        let judge = heldOut.isEmpty ? equations : try fit.read(heldOut.map { sequences[$0] }, rowsPerPass: passRows)
        let square = max(equations.meanInputSquare, .leastNormalMagnitude)
        var best: (ridge: Double, error: Double)?
        for ridge in ridges {
            guard let matrix = equations.solve(ridge: ridge * square, pool: pool) else { continue }
            let error = judge.squaredError(of: matrix, pool: pool)
            if error.isFinite, error < best?.error ?? .infinity { best = (ridge, error) }
        }
        if !heldOut.isEmpty { equations.add(judge) }
        guard let ridge = best?.ridge, let matrix = equations.solve(ridge: ridge * square, pool: pool) else {
            throw ConfigurationError(
                "The small model's input cannot be fitted: the large model's states for this text are not finite.")
        }
        fit.take(matrix, into: weights)
    }
}

/// Collects inputs and outputs of the fit, and hands the result out.
private final class InputFit {
    private let configuration: TandemConfiguration
    private let large: LargeModel
    private let layer: Int
    private let pool: ComputePool
    private let scratch: ModelScratch
    private let ones: Matrix
    private var generator: SeededGenerator
    private var sizes: [Float] = []

    init(
        _ configuration: TandemConfiguration, _ large: LargeModel, entering layer: Int, seed: UInt64, pool: ComputePool
    ) {
        self.configuration = configuration
        self.large = large
        self.layer = layer
        self.pool = pool
        scratch = ModelScratch(large.configuration)
        ones = Matrix(
            rows: 1, columns: configuration.largeWidth,
            values: [Float](repeating: 1, count: configuration.largeWidth))
        generator = SeededGenerator(seed: seed, stream: 1)
    }

    private var inputWidth: Int { configuration.largeWidth * (configuration.addsLastState ? 2 : 1) }

    /// Runs the large model over sequences, as many at once as fill a pass.
    func read(_ sequences: [[Int]], rowsPerPass: Int) throws -> NormalEquations {
        let equations = NormalEquations(inputWidth: inputWidth, outputWidth: configuration.largeWidth)
        var batch: [[Int]] = []
        for (index, sequence) in sequences.enumerated() {
            batch.append(sequence)
            if index + 1 == sequences.count || batch.reduce(0, { $0 + $1.count }) >= rowsPerPass {
                try read(batch, into: equations)
                batch = []
            }
        }
        return equations
    }

    private func read(_ batch: [[Int]], into equations: NormalEquations) throws {
        let last = configuration.largeLayerCount
        let output = try large.forward(
            batch.map { ModelSpan(cache: large.makeCache(capacity: $0.count), tokens: $0, logits: .none) },
            capturing: configuration.addsLastState ? [layer, last] : [layer], scratch: scratch, pool: pool)
        guard let entering = output.hiddenStates[layer] else { return }
        sizes += (0..<entering.rows).map { row in
            (entering.row(row).reduce(0) { $0 + $1 * $1 } / Float(entering.columns)).squareRoot()
        }
        let target = Matrix(rows: entering.rows, columns: entering.columns)
        normalize(entering, into: target)
        let inputs = Matrix(rows: target.rows, columns: inputWidth)
        let embedded = Matrix(rows: target.rows, columns: target.columns)
        for (row, token) in batch.joined().enumerated() { large.embedding.unpack(row: token, into: embedded, at: row) }
        normalize(embedded, into: inputs)
        if let states = output.hiddenStates[last], configuration.addsLastState {
            try addLastStates(states, of: output.spanRows, to: inputs)
        }
        equations.add(inputs: inputs.allRows, outputs: target.allRows, pool: pool)
    }

    /// Beside every row the final state before its block; zeros in a sequence's first block.
    private func addLastStates(_ states: Matrix, of spans: [Range<Int>], to inputs: Matrix) throws {
        for span in spans {
            let blocks = BlockSchedule.drawn(lengths: 1...8, count: span.count, using: &generator)
            for position in 0..<span.count {
                let start = blocks.start(of: position)
                guard start > 0 else { continue }
                let row = span.lowerBound + start - 1
                Kernels.rmsNorm(
                    states[rows: row..<row + 1], weight: ones, epsilon: configuration.small.normEpsilon, into: inputs,
                    at: span.lowerBound + position, column: configuration.largeWidth, pool: pool)
            }
        }
    }

    private func normalize(_ states: Matrix, into output: Matrix) {
        Kernels.rmsNorm(
            states.allRows, weight: ones, epsilon: configuration.small.normEpsilon, into: output, column: 0, pool: pool)
    }

    /// Writes the fitted matrix, in the typical size of the states, to where the small model's input takes it.
    func take(_ matrix: Matrix, into weights: [SmallParameter: Matrix]) {
        let width = configuration.largeWidth
        let size = sizes.sorted()[sizes.count / 2]
        let input = weights[.inputProjection] ?? Matrix(rows: width, columns: width)
        for row in 0..<width {
            let numbers = matrix.row(row).map { $0 * size }
            input.setRow(row, to: Array(numbers[..<width]))
            if numbers.count > width { weights[.lastState]?.setRow(row, to: Array(numbers[width...])) }
        }
        if let table = weights[.embedding] { project(through: input, into: table) }
    }

    /// An embedding of the small model's own begins as the large model's, taken through the fitted matrix.
    private func project(through input: Matrix, into table: Matrix) {
        let weight = WeightMatrix(input)
        let rows = ActivationRows(columns: configuration.largeWidth)
        let projected = Matrix(rows: 0, columns: table.columns)
        for first in stride(from: 0, to: table.rows, by: 512) {
            let count = min(512, table.rows - first)
            rows.resize(rows: count)
            projected.resize(rows: count)
            for row in 0..<count { large.embedding.unpack(row: first + row, into: rows.values, at: row) }
            normalize(rows.values, into: rows.values)
            Kernels.multiply(rows, [WeightProduct(weight, into: projected)], pool: pool)
            table.copyRows(count, from: projected, to: first)
        }
    }
}
