import Foundation
import Tandem
import TandemBenchmark

/// The same request answered with drafting and without, in turns: whether the texts are the same, and which came faster.
struct DraftComparison: Encodable, Sendable {
    /// Whether the texts are the same, byte by byte.
    var isSameText: Bool
    /// The first byte that differs.
    var firstDifference: Int?
    /// How often each was timed.
    var turnCount: Int
    /// From the first token to the last, without drafting; the median.
    var plainSeconds: Double
    /// The same with drafting.
    var draftedSeconds: Double
    /// Tokens a second with drafting over those without; `nil` for answers too short to be timed.
    var speedUp: Double?

    enum CodingKeys: String, CodingKey {
        case isSameText = "same_text"
        case firstDifference = "first_difference"
        case turnCount = "turns"
        case plainSeconds = "plain_decode_seconds"
        case draftedSeconds = "decode_seconds"
        case speedUp = "speed_up"
    }

    /// Compares answers that were given in turns with the one that was shown.
    ///
    /// - Parameters:
    ///   - shown: the drafted answer.
    ///   - turns: the same request once more without drafting, and with.
    init(shown: GenerationResult, turns: [(plain: GenerationResult, drafted: GenerationResult)]) {
        let own = Array(shown.text.utf8)
        let other = turns.lazy.flatMap { [$0.plain, $0.drafted] }.map { Array($0.text.utf8) }.first { $0 != own }
        isSameText = other == nil
        firstDifference = other.map { other in zip(own, other).prefix { $0 == $1 }.count }
        turnCount = turns.count
        plainSeconds = Series.median(of: turns.map { $0.plain.summary.metrics.decodeDuration / .seconds(1) }) ?? 0
        draftedSeconds = Series.median(of: turns.map { $0.drafted.summary.metrics.decodeDuration / .seconds(1) }) ?? 0
        if let fast = Series.median(of: turns.compactMap(\.drafted.decodeSpeed)),
            let slow = Series.median(of: turns.compactMap(\.plain.decodeSpeed)), slow > 0
        {
            speedUp = fast / slow
        }
    }

    /// The sentence at the end.
    var sentence: String {
        let text = isSameText ? "the same text" : "another text"
        guard let speedUp else { return text }
        return text + String(format: speedUp < 0.995 ? ", %.2f times as fast" : ", %.1f times as fast", speedUp)
    }
}

extension GenerationResult {
    /// Tokens a second after the first one.
    var decodeSpeed: Double? {
        GenerationReport.Timings(summary.metrics, load: .zero, finish: summary.finishReason).decodeTokensPerSecond
    }
}
