import Tandem
import TandemDecoding

/// What passes cost on this machine, remembered from one run to the next: measured when drafting first goes by it, and
/// corrected by every answer that does.
struct KnownCosts: Sendable {
    private let store: MeasurementStore
    private let name: String
    private let drafters: [DraftSource: String]
    /// Drafters that are remembered; whoever trains one after another does not want to hear of all.
    private static let limit = 8

    /// The costs of a model with a number of threads.
    ///
    /// - Parameters:
    ///   - model: The large model's fingerprint.
    ///   - threads: Threads that compute.
    ///   - drafters: The files of those who draft beside it.
    ///   - store: Where costs are kept.
    init(model: String, threads: Int, drafters: [DraftSource: String], in store: MeasurementStore) {
        self.store = store
        name = "costs-\(model.prefix(24))-\(threads)"
        self.drafters = drafters.mapValues(FileStamp.text(of:))
    }

    /// What is kept: drafters by their files, of which there may have been others.
    private struct Kept: Codable {
        var read: CostModel.Curve
        var drafts: [String: DraftCosts] = [:]
    }

    /// Tells the engine what is known, and keeps what it has to measure.
    func serve(_ engine: TandemEngine) {
        engine.companions.costs = read()
        // At once: the program may be ended before its answer is.
        engine.companions.keepCosts = { keep($0) }
    }

    /// What is known of the model and of those who draft for it now.
    func read() -> MachineCosts? {
        guard let kept: Kept = store.read(name) else { return nil }
        var costs = MachineCosts(read: kept.read)
        for (source, stamp) in drafters { costs.drafts[source] = kept.drafts[stamp] }
        return costs
    }

    /// Keeps costs, and what is known of other drafters.
    func keep(_ costs: MachineCosts) {
        let before: Kept? = store.read(name)
        var kept = Kept(read: costs.read, drafts: before?.drafts ?? [:])
        if kept.drafts.count >= Self.limit { kept.drafts = [:] }
        for (source, stamp) in drafters { kept.drafts[stamp] = costs.drafts[source] ?? kept.drafts[stamp] }
        store.keep(kept, as: name)
    }
}

extension TandemEngine {
    /// Keeps what answers have taught of the costs of passes.
    func keepCosts() {
        if let costs = companions.costs { companions.keepCosts?(costs) }
    }
}
