import Foundation
import Tandem
import TandemDecoding

extension PlainCost {
    /// What an answer would have taken without drafting, for people; `nil` if nobody drafted, or the answer is too short to
    /// tell.
    ///
    /// - Parameters:
    ///   - result: The answer.
    ///   - drafting: How it was sped up.
    ///   - engine: Who gave it.
    ///   - threads: With how many threads.
    ///   - advice: What can be done to know better.
    ///   - announce: Called before something is measured, which takes a second or two.
    /// - Throws: Why it cannot be measured.
    static func remark(
        about result: GenerationResult, drafting: GenerationRequest.Drafting, by engine: TandemEngine, threads: Int,
        advice: String? = nil, announce: (String) -> Void
    ) throws -> String? {
        guard drafting.drafter != .none, let speed = result.decodeSpeed, speed > 0 else { return nil }
        let plain = try estimate(result, by: engine, threads: threads, store: try .standard(), announce: announce)
        guard let plain, plain > 0 else { return nil }
        let seconds = result.summary.metrics.decodeDuration / .seconds(1)
        let comparison = String(
            format: "without drafting about %.2f s instead of %.2f s, %.1f times as fast", plain, seconds,
            plain / seconds)
        return comparison + " (estimated from this machine's plain passes" + (advice.map { "; \($0)" } ?? "") + ")"
    }
}
