/// What passes cost on this machine, for the large model and for each who drafts for it: to be kept from one run to the next.
public struct MachineCosts: Sendable, Hashable, Codable {
    /// A pass of the large model over so many rows.
    public var read: CostModel.Curve
    /// Those whose steps are known. A look-up is not among them: it costs nothing.
    public var drafts: [DraftSource: DraftCosts]

    /// Some costs.
    public init(read: CostModel.Curve, drafts: [DraftSource: DraftCosts] = [:]) {
        self.read = read
        self.drafts = drafts
    }

    /// What rounds cost with one who drafts; for free, if nothing is known of it.
    public func costs(with source: DraftSource) -> CostModel { CostModel(read: read, drafts: drafts[source] ?? .free) }
}

/// What drafting with a model costs, in seconds.
public struct DraftCosts: Sendable, Hashable, Codable {
    /// A step for so many conversations.
    public var step: CostModel.Curve
    /// What a round's first step takes more than the others: a pass of the large model has driven the drafter's weights out of
    /// the caches.
    public var start: Double

    /// Some costs.
    public init(step: CostModel.Curve, start: Double) {
        self.step = step
        self.start = start
    }

    /// No time at all.
    public static let free = DraftCosts(step: CostModel.Curve(counts: [1], seconds: [0]), start: 0)
}

extension CostModel {
    /// Costs of rounds. What they take besides passes (choosing, judging, taking note) is not measured apart: a hundredth of
    /// a plain step or less.
    public init(read: Curve, drafts: DraftCosts) {
        self.init(read: read, draft: drafts.step, draftStart: drafts.start, overhead: 0.01 * read.seconds[0])
    }
}
