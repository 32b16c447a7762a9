import Foundation
import Synchronization
import TandemTraining

/// How far a reproduction has come.
final class ReproductionDisplay: Sendable {
    private let isQuiet: Bool
    private let steps: ProgressBar
    private let tokens: ProgressBar
    private let label = Mutex("")

    init(isQuiet: Bool) {
        self.isQuiet = isQuiet
        steps = ProgressBar(quantity: .counted("steps"), isQuiet: isQuiet)
        tokens = ProgressBar(quantity: .counted("tokens"), isQuiet: isQuiet)
    }

    /// Ends the line that is shown.
    func end() {
        steps.finish(isKept: false)
        tokens.finish(isKept: false)
        label.withLock { $0 = "" }
    }

    /// A step of something.
    func show(_ name: String, step: Int, of count: Int, loss: Double?) {
        begin(name, steps, total: Double(count))
        steps.advance(to: Double(step))
        if step == count, let loss { say(String(format: "%@: loss %.3f", name, loss)) }
    }

    func show(_ event: Table1Reproduction.Event, stepCount: Int) {
        switch event {
        case .began(let arm, let seed, let index, let count):
            end()
            begin("\(index + 1)/\(count) \(arm.title), seed \(seed)", steps, total: Double(stepCount))
        case .stepped(let step, let loss):
            steps.advance(to: Double(step))
            if step == stepCount { say(String(format: "%@: loss %.3f", label.withLock { $0 }, loss)) }
        case .trained: break
        case .evaluating(let seed, let readCount, let count):
            begin("evaluating seed \(seed)", tokens, total: Double(count))
            tokens.advance(to: Double(readCount))
        }
    }

    private func begin(_ name: String, _ bar: ProgressBar, total: Double) {
        let isNew = label.withLock { label in
            defer { label = name }
            return label != name
        }
        guard isNew else { return }
        for other in [steps, tokens] where other !== bar { other.finish(isKept: false) }
        bar.begin(name, total: total)
    }

    private func say(_ text: String) {
        end()
        if !isQuiet { StandardError.line(text) }
    }
}
