import Foundation
import Tandem
import TandemDecoding
import TandemMath

/// What passes cost on this machine, remembered from one run to the next: measured when drafting first goes by it.
struct KnownCosts: Sendable {
    private let path: String

    /// The costs of a model with a drafter and a number of threads.
    ///
    /// - Parameter folder: Where they are kept.
    init(folder: String, model: String, drafter: GenerationRequest.Drafting.Drafter, companion: String?, threads: Int) {
        // The drafter is another if its files are others; a path says enough, and a length for a file of the same name.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in (companion ?? "").utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        path = "\(folder)/costs-\(model.prefix(24))-\(drafter.word)-\(String(hash, radix: 36))-\(threads).json"
    }

    /// Tells the engine what is known, and keeps what it has to measure.
    func serve(_ engine: TandemEngine) {
        engine.companions.costs = read()
        // At once: the program may be ended before its answer is.
        engine.companions.keepCosts = { keep($0) }
    }

    /// What is kept; nil also if an earlier version of the program has kept something else.
    private func read() -> CostModel? {
        FileManager.default.contents(atPath: path).flatMap { try? JSONDecoder().decode(CostModel.self, from: $0) }
    }

    /// If it cannot be kept it is measured again the next time.
    private func keep(_ costs: CostModel) {
        let folder = (path as NSString).deletingLastPathComponent
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        guard let data = try? JSONEncoder().encode(costs), let file = try? ReplacementFile(path: path) else { return }
        try? file.write([UInt8](data))
        try? file.commit()
    }
}
