import Tandem
import TandemBenchmark
import TandemMath

/// What an answer would have taken without drafting, from a table that is measured once for a model and a machine.
enum PlainCost {
    /// Seconds that the large model alone would have taken from the first token to the last, about.
    ///
    /// - Parameters:
    ///   - result: The answer.
    ///   - engine: Who gave it.
    ///   - threads: With how many threads.
    ///   - store: Where tables are kept.
    ///   - announce: Called before something is measured, which takes a second or two.
    static func estimate(
        _ result: GenerationResult, by engine: TandemEngine, threads: Int, store: MeasurementStore,
        announce: (String) -> Void
    ) throws -> Double? {
        let metrics = result.summary.metrics
        let name = "plain-\(engine.model.fingerprint.prefix(24))-\(threads)"
        var table: PlainStepTable? = store.read(name)
        if table?.entries.isEmpty ?? true {
            announce("Measuring once how fast the large model alone is on this machine.")
            let pool = ComputePool(threadCount: threads)
            table = try PlainStepTable.measure(engine.model, contextLength: engine.contextLength, pool: pool)
            if let table { store.keep(table, as: name) }
        }
        return table?.seconds(count: max(0, metrics.answerTokenCount - 1), after: metrics.promptTokenCount)
    }
}
