import Foundation
import Tandem
import TandemDecoding

/// What drafting did for one answer, for programs.
///
/// Names are those that vLLM uses for the same thing in its per-request object where it has one:
/// `mean_acceptance_length`, `draft_acceptance_rate`, `acceptance_histogram`.
struct SpeculationReport: Encodable {
    /// Who guesses.
    var mode: String
    /// How many tokens at once: a number, `auto` or `router`.
    var length: String
    /// What becomes of a guess.
    var rule: String
    /// What is promised of the text: `sameText`, `sameLaw` or `lossy`.
    var fidelity: String
    /// Passes of the large model that chose tokens.
    var rounds: Int
    /// Drafted tokens that the large model has read.
    var drafted: Int
    /// Of these, the ones that stood.
    var accepted: Int
    /// How often the first, second, … token of a draft stood.
    var acceptedPerPosition: [Int]
    /// How often it was there to be judged.
    var draftedPerPosition: [Int]
    /// Tokens that a pass yields on average: accepted / rounds, and one more if the large model adds its own.
    var meanAcceptanceLength: Double
    /// Share of the drafted tokens that stood; `null` if none was drafted.
    var draftAcceptanceRate: Double?
    /// How many passes accepted exactly 0, 1, 2, … drafted tokens.
    var acceptanceHistogram: [Int]
    /// In the drafter.
    var draftSeconds: Double
    /// In passes of the large model that chose tokens.
    var verifySeconds: Double
    /// Why it was not as asked for: a sentence, or `null`.
    var fallback: String?

    enum CodingKeys: String, CodingKey {
        case mode, length, rule, fidelity, rounds, drafted, accepted, fallback
        case acceptedPerPosition = "accepted_per_position"
        case draftedPerPosition = "drafted_per_position"
        case meanAcceptanceLength = "mean_acceptance_length"
        case draftAcceptanceRate = "draft_acceptance_rate"
        case acceptanceHistogram = "acceptance_histogram"
        case draftSeconds = "draft_seconds"
        case verifySeconds = "verify_seconds"
    }

    init(_ metrics: DecodingMetrics, drafting: GenerationRequest.Drafting) {
        mode = drafting.mode
        length = drafting.length.word
        rule = drafting.rule.word
        fidelity = drafting.fidelity.rawValue
        rounds = metrics.roundCount
        drafted = metrics.draftedCount
        accepted = metrics.acceptedCount
        acceptedPerPosition = metrics.acceptedByPosition
        draftedPerPosition = metrics.draftedByPosition
        let ownCount = drafting.rule == .acceptAll(freeToken: false) && drafting.drafter != .none ? 0.0 : 1
        meanAcceptanceLength = ownCount + (rounds > 0 ? Double(accepted) / Double(rounds) : 0)
        draftAcceptanceRate = metrics.acceptanceRate
        // A draft stands from its beginning: whoever kept the third token kept the second.
        let atLeast = [metrics.roundCount] + metrics.acceptedByPosition + [0]
        acceptanceHistogram = zip(atLeast, atLeast.dropFirst()).map { $0 - $1 }
        draftSeconds = metrics.draftDuration / .seconds(1)
        verifySeconds = metrics.verifyDuration / .seconds(1)
        // The first pass reads the prompt and has no draft.
        let (draftedRounds, possible) = (metrics.draftedByPosition.first ?? 0, metrics.roundCount - 1)
        if drafting.drafter != .none, possible > 0, 2 * draftedRounds < possible {
            let reason =
                drafting.drafter == .lookup ? "nothing was found that would have paid" : "it would not have paid"
            fallback = "Nothing was drafted in \(possible - draftedRounds) of \(possible) passes: \(reason)."
        }
    }

    func encode(to encoder: any Encoder) throws {
        // Absent figures are null, so that all keys are always there.
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(mode, forKey: .mode)
        try container.encode(length, forKey: .length)
        try container.encode(rule, forKey: .rule)
        try container.encode(fidelity, forKey: .fidelity)
        try container.encode(rounds, forKey: .rounds)
        try container.encode(drafted, forKey: .drafted)
        try container.encode(accepted, forKey: .accepted)
        try container.encode(acceptedPerPosition, forKey: .acceptedPerPosition)
        try container.encode(draftedPerPosition, forKey: .draftedPerPosition)
        try container.encode(meanAcceptanceLength, forKey: .meanAcceptanceLength)
        try container.encode(draftAcceptanceRate, forKey: .draftAcceptanceRate)
        try container.encode(acceptanceHistogram, forKey: .acceptanceHistogram)
        try container.encode(draftSeconds, forKey: .draftSeconds)
        try container.encode(verifySeconds, forKey: .verifySeconds)
        try container.encode(fallback, forKey: .fallback)
    }

    /// A line for people: tokens per pass, and what became of the first, second, … token of the drafts.
    var remark: String {
        var line = String(format: "%.2f tokens per pass of the large model", meanAcceptanceLength)
        guard let draftAcceptanceRate else { return line + "; nothing was drafted" }
        line += String(format: "; %.0f %% of %d drafted tokens kept", 100 * draftAcceptanceRate, drafted)
        if draftedPerPosition.count > 1 {
            let shares = zip(acceptedPerPosition, draftedPerPosition).map { accepted, drafted in
                String(format: "%.0f", 100 * Double(accepted) / Double(max(1, drafted)))
            }
            line += " (by position \(shares.joined(separator: ", ")) %)"
        }
        if let fallback { line += ". " + fallback }
        return line
    }
}
