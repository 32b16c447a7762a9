import Synchronization
import TandemMath

/// What became of one guess: what policies are calibrated on.
public struct DraftObservation: Sendable, Hashable {
    /// Its place in the block, from 0.
    public var place: Int
    /// How sure the drafter was.
    public var confidence: DraftConfidence
    /// One less the total variation distance of both models' laws: how often a coupled or rejecting rule keeps a guess.
    public var agreement: Float
    /// Whether it stood.
    public var stood: Bool
    /// Whether tokens were drawn; else the likeliest was taken each time.
    public var isDrawn: Bool

    /// An observation.
    public init(place: Int, confidence: DraftConfidence, agreement: Float, stood: Bool, isDrawn: Bool = false) {
        self.place = place
        self.confidence = confidence
        self.agreement = agreement
        self.stood = stood
        self.isDrawn = isDrawn
    }
}

/// Judges like ``ExactMatch`` and writes down what became of every guess, for ``AcceptanceTable`` and ``RouterTraining``.
///
///     let rule = ObservingMatch()
///     Speculation(drafter: TandemDrafter(drafting), blockLength: FixedLength(6, topCount: 4), rule: rule)
///     …
///     AcceptanceTable(observed: rule.observations)
public final class ObservingMatch: VerificationRule {
    private let written = Mutex<[DraftObservation]>([])

    /// Nothing observed yet.
    public init() {}

    /// The same text.
    public var fidelity: Fidelity { .sameText }
    /// Both laws are compared.
    public var needsDraftLogits: Bool { true }
    /// What was observed so far.
    public var observations: [DraftObservation] { written.withLock { $0 } }

    /// Judges and writes down.
    public func judge(_ draft: Draft, against reading: SpanReading, using sampler: inout Sampler) throws -> Verdict {
        let verdict = try ExactMatch().judge(draft, against: reading, using: &sampler)
        guard let logits = draft.logits else { return verdict }
        let scale = sampler.sampling.scale
        var new: [DraftObservation] = []
        for place in 0..<min(draft.confidences.count, verdict.acceptedCount + 1) {
            let large = Kernels.softmax(reading.logits.row(reading.row + place), scale: scale)
            let small = Kernels.softmax(logits.matrix.row(place), scale: scale)
            var shared: Float = 0
            for (column, probability) in small.enumerated() {
                shared += min(probability, large[logits.columns.token(at: column)])
            }
            new.append(
                DraftObservation(
                    place: place, confidence: draft.confidences[place], agreement: min(1, shared),
                    stood: place < verdict.acceptedCount, isDrawn: sampler.sampling.temperature > 0))
        }
        written.withLock { $0 += new }
        return verdict
    }
}

extension AcceptanceTable {
    /// A table from observations.
    public init(observed: [DraftObservation]) {
        self.init(measured: AcceptanceTable.cells(observed))
    }

    /// For each place, counts for each level of confidence: what a bundle keeps.
    ///
    /// - Parameters:
    ///   - observed: What became of guesses.
    ///   - confidence: How sure a guess is, from 0 to 1; left out, the probability that the drafter gave it.
    public static func cells(
        _ observed: [DraftObservation], by confidence: (DraftConfidence) -> Float = \.probability
    ) -> [[Cell]] {
        var cells = [[Cell]](
            repeating: [Cell](repeating: Cell(judged: 0, accepted: 0), count: levelCount), count: placeCount)
        for one in observed {
            let place = min(one.place, placeCount - 1)
            let level = Self.level(confidence(one.confidence))
            cells[place][level].judged += 1
            if one.stood { cells[place][level].accepted += 1 }
        }
        return cells
    }
}
