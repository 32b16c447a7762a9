import Foundation
import Tandem

/// The same request answered with drafting and without: whether the texts are the same, and which came faster.
struct DraftComparison: Encodable, Sendable {
    /// Whether the texts are the same, byte by byte.
    var isSameText: Bool
    /// The first byte that differs.
    var firstDifference: Int?
    /// From the first token to the last, without drafting.
    var plainSeconds: Double
    /// The same with drafting.
    var draftedSeconds: Double
    /// Tokens a second with drafting over those without; `nil` for answers too short to be timed.
    var speedUp: Double?

    enum CodingKeys: String, CodingKey {
        case isSameText = "same_text"
        case firstDifference = "first_difference"
        case plainSeconds = "plain_decode_seconds"
        case draftedSeconds = "decode_seconds"
        case speedUp = "speed_up"
    }

    init(drafted: GenerationResult, plain: GenerationResult) {
        let (own, other) = (Array(drafted.text.utf8), Array(plain.text.utf8))
        isSameText = own == other
        firstDifference = own == other ? nil : zip(own, other).prefix { $0 == $1 }.count
        plainSeconds = plain.summary.metrics.decodeDuration / .seconds(1)
        draftedSeconds = drafted.summary.metrics.decodeDuration / .seconds(1)
        if let fast = drafted.decodeSpeed, let slow = plain.decodeSpeed, slow > 0 { speedUp = fast / slow }
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
