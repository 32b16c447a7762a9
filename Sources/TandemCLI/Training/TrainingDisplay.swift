import Foundation
import TandemTraining

/// Shows a run under way: a bar with loss, tokens a second and time left; a line for each measurement.
final class TrainingDisplay {
    private let bar: ProgressBar
    private var tokensDone = 0.0

    init(isQuiet: Bool) {
        bar = ProgressBar(quantity: .counted("tokens"), isQuiet: isQuiet)
    }

    /// A remark in a line of its own.
    func say(_ line: String) { bar.say(line) }

    /// Steps begin.
    func begin(at step: Int, of stepCount: Int, tokensPerStep: Double) {
        tokensDone = Double(step) * tokensPerStep
        bar.begin("training", total: Double(stepCount) * tokensPerStep, amount: tokensDone)
    }

    /// Something happened.
    func show(_ event: TrainingRun.Event, stepCount: Int) {
        switch event {
        case .resumed(let step): say("Goes on after step \(step).")
        case .stepped(let report, _):
            tokensDone += Double(report.tokenCount)
            var label = String(format: "step %d of %d, loss %.3f", report.step, stepCount, report.sums.loss)
            if report.sums.taughtCount > 0 {
                label += String(format: ", agreement %.1f %%", 100 * report.sums.agreement)
            }
            bar.rename(label)
            // Steps are as full as texts allow: what is to come is reckoned from those that are done.
            bar.advance(to: tokensDone, of: tokensDone * Double(stepCount) / Double(max(1, report.step)))
        case .measured(let step, let sums, let drafts): say("step \(step): " + Self.words(sums) + Self.words(drafts))
        case .saved: break
        }
    }

    /// Nothing more to show.
    func end() { bar.finish(isKept: false) }

    /// What drafting would bring: the best block length, if some answers were greedy, and how often its first, second, … token
    /// is the large model's.
    static func words(_ drafts: EvaluationReport?) -> String {
        guard let drafts else { return "" }
        let best = drafts.rounds.max { $0.tokensPerRound.value < $1.tokensPerRound.value }
        let places = drafts.positions.prefix(best?.blockLength ?? 5).map {
            String(format: "%.0f", 100 * $0.agreement.value)
        }
        let rounds = best.map {
            String(format: ", %.1f tokens per round of %d", $0.tokensPerRound.value, $0.blockLength)
        }
        return (rounds ?? "") + "; by place " + places.joined(separator: " ")
            + " %, on \(drafts.tokenCount.counted("token"))"
    }

    /// Figures of held-out text.
    static func words(_ sums: LossSums) -> String {
        var text = String(
            format: "held-out loss %.3f, accuracy %.1f %%", sums.loss, 100 * sums.accuracy)
        if sums.taughtCount > 0 {
            text += String(
                format: ", agreement %.1f %%, variation %.3f", 100 * sums.agreement, sums.variation)
        }
        return text
    }
}
