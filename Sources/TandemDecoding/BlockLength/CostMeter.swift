/// Follows what passes cost while the program runs: a ``CostModel``, scaled to what is observed.
///
/// Other programs come and go and texts grow, which makes passes dearer; the curves keep their form, and each of the two is
/// moved as a whole, slowly.
public final class CostMeter {
    private let measured: CostModel
    private let source: DraftSource
    private var readScale = 1.0
    private var draftScale = 1.0
    /// How much one observation counts.
    private static let rate = 0.05

    /// A meter that begins with what was measured for drafts of the given source.
    public init(_ measured: CostModel, draftsFrom source: DraftSource) {
        self.measured = measured
        self.source = source
    }

    /// What passes cost now.
    public var costs: CostModel {
        func scaled(_ curve: CostModel.Curve, _ scale: Double) -> CostModel.Curve {
            CostModel.Curve(counts: curve.counts, seconds: curve.seconds.map { $0 * scale })
        }
        return CostModel(
            read: scaled(measured.read, readScale), draft: scaled(measured.draft, draftScale),
            draftStart: measured.draftStart * draftScale,
            overhead: measured.overhead * readScale)
    }

    func recordRead(rows: Int, seconds: Double) {
        // Long prompts are another matter.
        guard rows <= measured.read.counts[measured.read.counts.count - 1] else { return }
        Self.move(&readScale, to: seconds / measured.read(rows))
    }

    func recordDraft(_ pass: DraftPass, seconds: Double) {
        guard pass.model.source == source, pass.stepCount > 0 else { return }
        // Conversations drop out as a block goes on; the mean number is near enough.
        let tokenCount = pass.seats.reduce(0) { $0 + $1.draft.tokens.count }
        let conversations = max(1, tokenCount / pass.stepCount)
        Self.move(
            &draftScale, to: seconds / (measured.draftStart + Double(pass.stepCount) * measured.draft(conversations)))
    }

    private static func move(_ scale: inout Double, to observed: Double) {
        guard observed.isFinite else { return }
        // One pass that was interrupted says nothing of the next.
        scale += rate * (min(max(observed, scale / 2), scale * 2) - scale)
    }
}
