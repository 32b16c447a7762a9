import Foundation
import Tandem
import TandemDecoding

/// An answer and what it took, for programs; `remark` for people.
struct GenerationReport: Encodable {
    struct Timings: Encodable {
        var loadSeconds: Double
        var promptSeconds: Double
        var decodeSeconds: Double
        var promptTokensPerSecond: Double?
        var decodeTokensPerSecond: Double?

        enum CodingKeys: String, CodingKey {
            case loadSeconds = "load_seconds"
            case promptSeconds = "prompt_seconds"
            case decodeSeconds = "decode_seconds"
            case promptTokensPerSecond = "prompt_tokens_per_second"
            case decodeTokensPerSecond = "decode_tokens_per_second"
        }

        func encode(to encoder: any Encoder) throws {
            // Absent figures are null, so that all keys are always there.
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(loadSeconds, forKey: .loadSeconds)
            try container.encode(promptSeconds, forKey: .promptSeconds)
            try container.encode(decodeSeconds, forKey: .decodeSeconds)
            try container.encode(promptTokensPerSecond, forKey: .promptTokensPerSecond)
            try container.encode(decodeTokensPerSecond, forKey: .decodeTokensPerSecond)
        }
    }

    var text: String
    var tokens: [Int]
    var promptTokens: Int
    var finishReason: String
    var timings: Timings
    var seed: UInt64
    var model: String
    var speculation: SpeculationReport
    /// The same without drafting, if that was asked for.
    var comparison: DraftComparison?

    enum CodingKeys: String, CodingKey {
        case text, tokens, timings, seed, model, speculation, comparison
        case promptTokens = "prompt_tokens"
        case finishReason = "finish_reason"
    }

    init(_ result: GenerationResult, model: String, load: Duration, drafting: GenerationRequest.Drafting) {
        let metrics = result.summary.metrics
        text = result.text
        tokens = result.tokens.map(\.token)
        promptTokens = metrics.promptTokenCount
        finishReason = result.summary.finishReason.name
        timings = Timings(metrics, load: load, finish: result.summary.finishReason)
        seed = result.summary.seed
        self.model = model
        speculation = SpeculationReport(metrics, drafting: drafting)
    }

    /// A line about speeds.
    var remark: String {
        func seconds(_ value: Double) -> String { String(format: "%.2f s", value) }
        func rate(_ value: Double?) -> String { value.map { String(format: ", %.0f tokens/s", $0) } ?? "" }
        var line =
            "loaded in \(seconds(timings.loadSeconds)); "
            + "prompt \(promptTokens) tokens in \(seconds(timings.promptSeconds))\(rate(timings.promptTokensPerSecond)); "
            + "answer \(tokens.count) tokens in \(seconds(timings.decodeSeconds))\(rate(timings.decodeTokensPerSecond))"
        if speculation.mode != GenerationRequest.Drafting.none.mode { line += "\n" + speculation.remark }
        return line
    }
}

extension GenerationReport.Timings {
    init(_ metrics: DecodingMetrics, load: Duration, finish: FinishReason) {
        loadSeconds = load / .seconds(1)
        promptSeconds = metrics.promptDuration / .seconds(1)
        decodeSeconds = metrics.decodeDuration / .seconds(1)
        func rate(_ count: Int, _ seconds: Double) -> Double? {
            count > 0 && seconds > 0 ? Double(count) / seconds : nil
        }
        promptTokensPerSecond = rate(metrics.promptTokenCount - metrics.reusedTokenCount, promptSeconds)
        // The first token belongs to the prompt's time; the one that ended the answer was chosen like any other.
        var chosen = metrics.answerTokenCount - 1
        if case .endOfText = finish { chosen += 1 }
        decodeTokensPerSecond = rate(chosen, decodeSeconds)
    }
}

extension FinishReason {
    /// The name that programs know from the OpenAI API, and one more.
    var name: String {
        switch self {
        case .endOfText, .stopString: "stop"
        case .tokenLimit, .contextFull: "length"
        case .cancelled: "cancelled"
        }
    }
}
