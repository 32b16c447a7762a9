import ArgumentParser
import TandemBenchmark
import TandemCheckpoint
import TandemMath
import TandemModels

/// `tandem bench engine`: how fast a model runs on this machine, and what limits it.
struct BenchEngineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine", abstract: "Measure how fast a model runs on this machine, pass by pass.",
        discussion: """
            Measured in turns, several rounds, medians: reading a prompt, decoding, the time of one pass over 1 to 16 tokens
            (v(T): what a drafted block costs over a single token), many conversations at once, the cost of handing work to
            threads, and how fast memory can be read, which bounds decoding.

            Figures that were taken while others used the machine are marked with !.

            Examples:
              tandem bench smollm2-135m-instruct
              tandem bench model.gguf --threads 1 --depth 2000 --rounds 9
              tandem bench model.gguf --csv > figures.csv
            """)

    @OptionGroup var model: ModelArgument

    @Option(help: ArgumentHelp("Times that everything is measured; the median counts.", valueName: "count"))
    var rounds = 5

    @Option(help: ArgumentHelp("Tokens of the prompt that is read.", valueName: "count"))
    var promptTokens = 512

    @Option(help: ArgumentHelp("Tokens that are decoded.", valueName: "count"))
    var decodeTokens = 128

    @Option(help: ArgumentHelp("Tokens of the context at which passes of 1 to 16 rows are timed.", valueName: "count"))
    var depth = 512

    @Option(help: ArgumentHelp("Greatest number of rows in the table v(T).", valueName: "count"))
    var rows = 16

    @Option(help: ArgumentHelp("Conversations that decode at once.", valueName: "count"))
    var conversations = 16

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var figures: FigureOptions

    func validate() throws {
        let counts = [
            ("rounds", rounds, 1...1000), ("prompt-tokens", promptTokens, 1...1_000_000),
            ("decode-tokens", decodeTokens, 1...1_000_000), ("depth", depth, 0...1_000_000), ("rows", rows, 1...512),
            ("conversations", conversations, 1...4096),
        ]
        for (name, value, range) in counts { try OptionCheck.range(name, value, range) }
    }

    func run() async throws {
        let checkpoint = try model.open()
        let pool = ComputePool(threadCount: threads.count)
        let large = try LargeModel(checkpoint, pool: pool)
        let longest = max(promptTokens, depth + max(decodeTokens, rows))
        guard longest <= large.configuration.contextLength else {
            throw CommandError(
                "This would need \(longest) positions, and the model has \(large.configuration.contextLength); "
                    + "give a smaller --depth, --prompt-tokens or --decode-tokens.")
        }
        let report = try measure(large, name: checkpoint.displayName, pool: pool)
        try figures.write(report)
    }

    private func measure(_ large: LargeModel, name: String, pool: ComputePool) throws -> BenchmarkReport {
        let workload = ModelWorkload(model: large, pool: pool)
        let machine = MachineWorkload(byteCount: workload.byteCountOfPass(depth: decodeTokens / 2), pool: pool)
        var benchmark = InterleavedBenchmark()
        benchmark.add("memory read", unit: "GB/s") { machine.readBandwidth() / 1e9 }
        benchmark.add("decode \(decodeTokens)", unit: "tokens/s") {
            try Double(decodeTokens) / workload.decode(count: decodeTokens, depth: 0).inSeconds
        }
        benchmark.add("prefill \(promptTokens)", unit: "tokens/s") {
            try Double(promptTokens) / workload.prefill(count: promptTokens).inSeconds
        }
        benchmark.add("decode \(decodeTokens) at \(depth)", unit: "tokens/s") {
            try Double(decodeTokens) / workload.decode(count: decodeTokens, depth: depth).inSeconds
        }
        let together = max(1, min(32, large.configuration.contextLength - 32))
        benchmark.add("\(conversations) conversations", unit: "tokens/s in all") {
            let duration = try workload.decodeTogether(
                conversations: conversations, count: together, depth: min(32, large.configuration.contextLength / 2))
            return Double(conversations * together) / duration.inSeconds
        }
        benchmark.add("fork and join", unit: "µs") { machine.forkJoin().inSeconds * 1e6 }
        for count in 1...rows {
            benchmark.add("\(count) rows at \(depth)", unit: "ms") {
                try workload.pass(rows: count, depth: depth, repetitions: 5).inSeconds * 1e3
            }
        }
        let bar = ProgressBar(quantity: .counted("measurements"), isQuiet: figures.output.quiet)
        bar.begin("measuring", total: Double(benchmark.measurementCount(rounds: rounds)))
        defer { bar.finish(isKept: false) }
        let before = ProcessorTime.now()
        let all = try benchmark.run(rounds: rounds) { bar.advance(to: Double($0)) }
        let others = ProcessorTime.now().coresUsedByOthers(since: before)
        bar.finish(isKept: false)

        let passes = all.suffix(rows).compactMap(\.median)
        let bandwidth = all.first?.median.map { $0 * 1e9 }
        let bound = bandwidth.map { $0 / Double(workload.byteCountOfPass(depth: decodeTokens / 2)) }
        return BenchmarkReport(
            model: name, threads: pool.threadCount, rounds: rounds, weightBytes: large.weightByteCount,
            lines: all.map { .init($0) },
            rowTable: passes.enumerated().map {
                .init(rows: $0.offset + 1, milliseconds: $0.element, ratio: $0.element / passes[0])
            },
            bandwidth: bandwidth, decodeBound: bound,
            decodeShareOfBound: bound.flatMap { bound in all[1].median.map { $0 / bound } }, othersCores: others)
    }
}
