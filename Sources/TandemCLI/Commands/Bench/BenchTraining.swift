import ArgumentParser
import TandemBenchmark
import TandemCheckpoint
import TandemMath
import TandemModels
import TandemTraining

/// `tandem bench training`: how much of the processor's arithmetic a training step's products use.
struct BenchTrainingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "training",
        abstract: "Measure how much of the processor's arithmetic training's matrix products use.",
        discussion: """
            The products of a training step of a small model beside MODEL, each in turns with multiply-adds that touch no memory:
            what no product can be faster than. Only the large model's shape is read, not its weights.

            Examples:
              tandem bench training smollm2-135m-instruct
              tandem bench training smollm2-135m-instruct --preset small --rows 4096 --threads 1 --json
            """)

    @OptionGroup var model: ModelArgument

    @Option(help: ArgumentHelp("The small model's shape: 'tiny', 'small' or 'base'.", valueName: "name"))
    var preset = SmallModelPreset.base

    @Option(help: ArgumentHelp("Tokens of a batch.", valueName: "count"))
    var rows = 2_048

    @Option(help: ArgumentHelp("Times that everything is measured; the median counts.", valueName: "count"))
    var rounds = 7

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var figures: FigureOptions

    func validate() throws {
        try OptionCheck.range("rows", rows, 1...1_000_000)
        try OptionCheck.range("rounds", rounds, 1...1000)
    }

    func run() async throws {
        let checkpoint = try model.open()
        let large = checkpoint.configuration
        let draftCount = min(preset.draftVocabularyCount, large.vocabularyCount)
        let configuration = try preset.configuration(beside: large, draftTokens: Array(0..<draftCount))
        let pool = ComputePool(threadCount: threads.count)
        let products = DenseProduct.all(of: configuration, rows: rows, pool: pool)
        let bar = ProgressBar(quantity: .counted("measurements"), isQuiet: figures.output.quiet)
        bar.begin("measuring", total: Double(2 * products.count * (rounds + 1)))
        defer { bar.finish(isKept: false) }
        var benchmark = InterleavedBenchmark()
        for product in products {
            // A peak of its own beside each product: a processor's clock is not the same from second to second.
            benchmark.add("peak", unit: "GFLOP/s") { Self.peak(steps: 4_000, pool: pool) / 1e9 }
            benchmark.add("product", unit: "GFLOP/s") {
                2 * Double(product.multiplyAddCount) / product.run(pool: pool).inSeconds / 1e9
            }
        }
        let series = try benchmark.run(rounds: rounds) { bar.advance(to: Double($0)) }
        bar.finish(isKept: false)
        let report = TrainingBenchReport(
            model: checkpoint.displayName, preset: preset, rows: rows, threads: pool.threadCount, rounds: rounds,
            lines: products.indices.map { index in
                .init(products[index], peak: series[2 * index], speed: series[2 * index + 1])
            })
        try figures.write(report)
    }

    /// Operations a second of multiply-adds alone.
    private static func peak(steps: Int, pool: ComputePool) -> Double {
        var count = 0
        let duration = Duration.measuring { count = ArithmeticProbe.multiplyAdd(steps: steps, pool: pool) }
        return 2 * Double(count) / duration.inSeconds
    }
}
