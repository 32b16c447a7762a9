import Foundation
import Tandem
import TandemBenchmark
import TandemHub
import TandemMath

/// What an answer would have taken without drafting, from a table that is measured once for a model and a machine.
enum PlainCost {
    /// Seconds that the large model alone would have taken from the first token to the last, about.
    ///
    /// - Parameters:
    ///   - result: The answer.
    ///   - engine: Who gave it.
    ///   - threads: With how many threads.
    ///   - folder: Where tables are kept.
    ///   - announce: Called before something is measured, which takes a second or two.
    static func estimate(
        _ result: GenerationResult, by engine: TandemEngine, threads: Int, folder: String,
        announce: (String) -> Void
    ) throws -> Double? {
        let metrics = result.summary.metrics
        let path = "\(folder)/\(engine.model.fingerprint.prefix(24))-\(threads).json"
        var table = read(path)
        if table == nil {
            announce("Measuring once how fast the large model alone is on this machine.")
            let pool = ComputePool(threadCount: threads)
            table = try PlainStepTable.measure(engine.model, contextLength: engine.contextLength, pool: pool)
            // A table that cannot be kept is measured again the next time.
            if let table { try? write(table, path) }
        }
        return table?.seconds(count: max(0, metrics.answerTokenCount - 1), after: metrics.promptTokenCount)
    }

    /// Where tables are kept.
    static func folder() throws -> String { try HubSettings.current().root + "/measurements" }

    private static func read(_ path: String) -> PlainStepTable? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        let table = try? JSONDecoder().decode(PlainStepTable.self, from: data)
        return table?.entries.isEmpty == false ? table : nil
    }

    private static func write(_ table: PlainStepTable, _ path: String) throws {
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        let file = try ReplacementFile(path: path)
        try file.write([UInt8](try JSONEncoder().encode(table)))
        try file.commit()
    }
}
