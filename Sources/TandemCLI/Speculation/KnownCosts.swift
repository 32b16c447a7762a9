import Foundation
import Tandem
import TandemDecoding
import TandemMath

/// What passes cost on this machine, remembered from one run to the next: measured when drafting first goes by it.
struct KnownCosts: Sendable {
    private let path: String
    private let program: String

    /// The costs of a model with a drafter and a number of threads.
    ///
    /// - Parameters:
    ///   - folder: Where they are kept.
    ///   - program: For whom they hold.
    init(
        folder: String, model: String, drafter: GenerationRequest.Drafting.Drafter, companion: String?, threads: Int,
        program: String = KnownCosts.program
    ) {
        self.program = program
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

    /// What a file holds: costs, and for whom they hold.
    private struct Kept: Codable {
        var program: String
        var costs: CostModel
    }

    /// This build of the program on this kind of machine: another one's passes may cost something else.
    static let program: String = {
        let attributes = Bundle.main.executablePath.flatMap { try? FileManager.default.attributesOfItem(atPath: $0) }
        let size = attributes?[.size] as? Int ?? 0
        let date = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
        let machine = ProcessInfo.processInfo
        return "\(size) bytes of \(date) on \(machine.activeProcessorCount) processors, \(machine.physicalMemory) bytes"
    }()

    /// What is kept; nil also if another build of the program has kept it.
    func read() -> CostModel? {
        guard let data = FileManager.default.contents(atPath: path),
            let kept = try? JSONDecoder().decode(Kept.self, from: data), kept.program == program
        else { return nil }
        return kept.costs
    }

    /// If it cannot be kept it is measured again the next time.
    func keep(_ costs: CostModel) {
        let folder = (path as NSString).deletingLastPathComponent
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        guard let data = try? JSONEncoder().encode(Kept(program: program, costs: costs)),
            let file = try? ReplacementFile(path: path)
        else { return }
        try? file.write([UInt8](data))
        try? file.commit()
    }
}
