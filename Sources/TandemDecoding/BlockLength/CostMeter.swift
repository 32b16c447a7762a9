/// Follows what passes cost while the program runs: costs that were measured once, moved to what is observed.
///
/// Two things differ from what was measured once. Other programs come and go and texts grow, which makes all passes dearer:
/// a scale for the whole curve follows that. And a pass in the middle of an answer is not the pass that was measured
/// beside others: where caches are large, a second row costs more over a first that is met again and again than over one
/// that follows thirty-two. So every number of rows has a correction of its own, which its passes teach; numbers that did not
/// come up take that of the nearest smaller one that did.
///
/// The large model is followed for all conversations together, those that draft for it each for itself.
public final class CostMeter {
    private let measured: CostModel.Curve
    /// What passes of the large model cost now.
    public private(set) var read: CostModel.Curve
    private var readScale = 1.0
    private var drafts: [ObjectIdentifier: Drafts] = [:]
    /// For one row, two rows, …
    private var corrections: [Correction]
    /// Passes over more rows are not followed one by one: a curve that is kept and followed anew must not grow each time.
    static let followedRows = 64
    /// How much one observation counts, in the long run.
    private static let rate = 0.05

    /// What passes over a number of rows take over what the scaled curve says.
    private struct Correction {
        var factor = 1.0
        var count = 0
    }

    /// What the steps of one drafting model take over what was measured.
    private struct Drafts {
        /// Another model may come to lie where one that is gone has lain.
        weak var model: (any DraftModel)?
        let measured: DraftCosts
        var scale = 1.0

        var costs: DraftCosts {
            DraftCosts(step: measured.step.scaled(by: scale), start: measured.start * scale)
        }
    }

    /// A meter that begins with what was measured.
    public init(read measured: CostModel.Curve) {
        self.measured = measured
        read = measured
        corrections = Array(
            repeating: Correction(), count: min(max(1, measured.counts.last ?? 1), Self.followedRows))
    }

    /// Follows a model that drafts, from what was measured of it on.
    public func follow(_ model: any DraftModel, from measured: DraftCosts) {
        drafts = drafts.filter { $0.value.model != nil }
        drafts[ObjectIdentifier(model)] = Drafts(model: model, measured: measured)
    }

    /// What drafting with a model costs now; nil if it is not followed.
    public func drafts(with model: any DraftModel) -> DraftCosts? {
        guard let drafts = drafts[ObjectIdentifier(model)], drafts.model === model else { return nil }
        return drafts.costs
    }

    private var correctedRead: CostModel.Curve {
        var factor = corrections.first { $0.count > 0 }?.factor ?? 1
        var seconds = corrections.enumerated().map { index, correction in
            if correction.count > 0 { factor = correction.factor }
            return measured(1 + index) * readScale * factor
        }
        // The line beyond goes on with the slope that was measured, not with that of two corrections.
        let far = 2 * corrections.count
        seconds.append(measured(far) * readScale * factor)
        return CostModel.Curve(counts: Array(1...corrections.count) + [far], seconds: seconds)
    }

    /// What everything that is followed costs now.
    public var all: MachineCosts {
        var all = MachineCosts(read: read)
        for drafts in drafts.values {
            if let model = drafts.model { all.drafts[model.source] = drafts.costs }
        }
        return all
    }

    /// What rounds cost now for a conversation that drafts with a model, or without one.
    ///
    /// Nil for a model that is not followed.
    public func costs(with model: (any DraftModel)?) -> CostModel? {
        guard let model else { return CostModel(read: read, drafts: .free) }
        return drafts(with: model).map { CostModel(read: read, drafts: $0) }
    }

    func recordRead(rows: Int, seconds: Double) {
        // Long prompts are another matter.
        guard corrections.indices.contains(rows - 1) else { return }
        let correction = corrections[rows - 1]
        let expected = measured(rows) * readScale * correction.factor
        // What is new is laid to this number of rows at first, of which nothing was known, and to the machine only where it
        // is well known: a scale that followed both would spoil what is known of numbers that do not come up for a while.
        let known = Double(correction.count) / Double(correction.count + 4)
        Self.move(&readScale, by: seconds / expected, rate: Self.rate * known)
        Self.move(
            &corrections[rows - 1].factor, by: seconds / expected,
            rate: max(Self.rate / 2, 1 / Double(3 + correction.count)))
        corrections[rows - 1].count += 1
        read = correctedRead
    }

    func recordDraft(_ pass: DraftPass, seconds: Double) {
        let key = ObjectIdentifier(pass.model)
        guard pass.stepCount > 0, var drafts = drafts[key], drafts.model === pass.model else { return }
        // Conversations drop out as a block goes on; the mean number is near enough.
        let conversations = max(1, pass.tokenCount / pass.stepCount)
        let expected = drafts.measured.start + Double(pass.stepCount) * drafts.measured.step(conversations)
        Self.move(&drafts.scale, by: seconds / (expected * drafts.scale), rate: Self.rate)
        self.drafts[key] = drafts
    }

    private static func move(_ scale: inout Double, by ratio: Double, rate: Double) {
        guard ratio.isFinite else { return }
        // One pass that was interrupted says nothing of the next.
        scale *= 1 + rate * (min(max(ratio, 0.5), 2) - 1)
    }
}
