import Foundation
import TandemCheckpoint
import TandemTraining

/// The result for programs and people.
struct TrainingResult: Encodable {
    var model: String
    var bundle: String
    var steps: Int
    var parameters: Int
    var tokensPerSecond: Double?
    var seconds: Double
    var loss: Double?
    var accuracy: Double?
    var crossEntropy: Double?
    var agreement: Double?
    var variation: Double?
    /// With five tokens drafted in each, on the few tokens of the curves.
    var tokensPerRound: Double?
    /// Drafting with the weights of the end, on many documents; nil if it was not measured.
    var drafts: DraftFigures?

    enum CodingKeys: String, CodingKey {
        case model, bundle, steps, parameters, seconds, drafts
        case tokensPerSecond = "tokens_per_second"
        case loss = "heldout_loss"
        case accuracy = "heldout_accuracy"
        case crossEntropy = "heldout_cross_entropy"
        case agreement = "heldout_agreement"
        case variation = "heldout_variation"
        case tokensPerRound = "heldout_tokens_per_round"
    }

    /// For the model's card: with standard errors, if drafting was measured in the end.
    var figures: [BundleContents.Figure] {
        func figure(_ name: String, _ value: Double?, _ format: String) -> BundleContents.Figure? {
            value.map { .init(name, String(format: format, $0)) }
        }
        let lossFigure = figure("held-out loss", loss, "%.3f")
        if let drafts { return [lossFigure].compactMap { $0 } + drafts.figures(on: "held-out document") }
        return [
            lossFigure,
            figure("next token right, held-out", accuracy.map { 100 * $0 }, "%.1f %%"),
            figure("same token as the large model, held-out", agreement.map { 100 * $0 }, "%.1f %%"),
            figure("total variation distance, held-out", variation, "%.3f"),
            figure("tokens per round of five drafted, on a few held-out tokens", tokensPerRound, "%.1f"),
        ].compactMap { $0 }
    }

    /// For people.
    var text: String {
        var line = "\(steps) steps, \(parameters) weights"
        if let tokensPerSecond { line += String(format: ", %.0f tokens/s", tokensPerSecond) }
        if let loss, let accuracy {
            line += String(format: "; held-out loss %.3f, accuracy %.1f %%", loss, 100 * accuracy)
        }
        if let agreement, let variation {
            line += String(format: ", agreement %.1f %%, variation %.3f", 100 * agreement, variation)
        }
        if let drafts {
            line +=
                drafts.tokensPerRound.map { ", \(EvaluationText.number($0, decimals: 2)) tokens per round of 5" } ?? ""
        } else if let tokensPerRound {
            line += String(format: ", %.1f tokens per round of 5", tokensPerRound)
        }
        return line + "\nwritten to \(bundle)"
    }
}

/// A bundle's `training.json`: how the run came about, and with which settings.
struct TrainingRecordDocument: Encodable {
    var run: RunRecord
    var settings: TrainerSettings
    var steps: Int

    init(_ run: RunRecord, _ trainer: Trainer) {
        self.run = run
        settings = trainer.settings
        steps = trainer.step
    }

    func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }
}
