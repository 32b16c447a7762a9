/// Follows what passes cost while the program runs: a ``CostModel``, moved to what is observed.
///
/// Two things differ from what was measured once. Other programs come and go and texts grow, which makes all passes dearer:
/// a scale for the whole curve follows that. And a pass in the middle of an answer is not the pass that was measured
/// beside others: where caches are large, a second row costs more over a first that is met again and again than over one
/// that follows thirty-two. So every number of rows has a correction of its own, which its passes teach; numbers that did not
/// come up take that of the nearest smaller one that did.
public final class CostMeter {
    private let measured: CostModel
    private let source: DraftSource
    private var readScale = 1.0
    private var draftScale = 1.0
    /// For one row, two rows, …
    private var corrections: [Correction]
    /// How much one observation counts, in the long run.
    private static let rate = 0.05

    /// What passes over a number of rows take over what the scaled curve says.
    private struct Correction {
        var factor = 1.0
        var count = 0
    }

    /// A meter that begins with what was measured for drafts of the given source.
    public init(_ measured: CostModel, draftsFrom source: DraftSource) {
        self.measured = measured
        self.source = source
        corrections = Array(repeating: Correction(), count: max(1, measured.read.counts.last ?? 1))
    }

    /// What passes cost now.
    public var costs: CostModel {
        var factor = corrections.first { $0.count > 0 }?.factor ?? 1
        var seconds = corrections.enumerated().map { index, correction in
            if correction.count > 0 { factor = correction.factor }
            return measured.read(1 + index) * readScale * factor
        }
        // The line beyond goes on with the slope that was measured, not with that of two corrections.
        let far = 2 * corrections.count
        seconds.append(measured.read(far) * readScale * factor)
        return CostModel(
            read: CostModel.Curve(counts: Array(1...corrections.count) + [far], seconds: seconds),
            draft: CostModel.Curve(
                counts: measured.draft.counts, seconds: measured.draft.seconds.map { $0 * draftScale }),
            draftStart: measured.draftStart * draftScale, overhead: measured.overhead * readScale)
    }

    func recordRead(rows: Int, seconds: Double) {
        // Long prompts are another matter.
        guard corrections.indices.contains(rows - 1) else { return }
        let correction = corrections[rows - 1]
        let expected = measured.read(rows) * readScale * correction.factor
        Self.move(&readScale, by: seconds / expected, rate: Self.rate)
        // The first few count more: nothing was known of them.
        Self.move(
            &corrections[rows - 1].factor, by: seconds / expected,
            rate: max(Self.rate, 1 / Double(3 + correction.count)))
        corrections[rows - 1].count += 1
    }

    func recordDraft(_ pass: DraftPass, seconds: Double) {
        guard pass.model.source == source, pass.stepCount > 0 else { return }
        // Conversations drop out as a block goes on; the mean number is near enough.
        let tokenCount = pass.seats.reduce(0) { $0 + $1.draft.tokens.count }
        let conversations = max(1, tokenCount / pass.stepCount)
        let expected = measured.draftStart + Double(pass.stepCount) * measured.draft(conversations)
        Self.move(&draftScale, by: seconds / (expected * draftScale), rate: Self.rate)
    }

    private static func move(_ scale: inout Double, by ratio: Double, rate: Double) {
        guard ratio.isFinite else { return }
        // One pass that was interrupted says nothing of the next.
        scale *= 1 + rate * (min(max(ratio, 0.5), 2) - 1)
    }
}
