import Foundation
import Synchronization
import TandemTraining

/// How far a reproduction has come.
final class ReproductionDisplay: Sendable {
    private let isQuiet: Bool
    private let bar: ProgressBar
    private let label = Mutex("")

    init(isQuiet: Bool) {
        self.isQuiet = isQuiet
        bar = ProgressBar(quantity: .counted("steps"), isQuiet: isQuiet)
    }

    /// Ends the line that is shown.
    func end() {
        bar.finish(isKept: false)
        label.withLock { $0 = "" }
    }

    /// A step of something.
    func show(_ name: String, step: Int, of count: Int, loss: Double?) {
        begin(name, total: Double(count))
        bar.advance(to: Double(step))
        if step == count, let loss { say(String(format: "%@: loss %.3f", name, loss)) }
    }

    func show(_ event: Table1Reproduction.Event, stepCount: Int) {
        switch event {
        case .began(let arm, let seed, let index, let count):
            end()
            begin("\(index + 1)/\(count) \(arm.title), seed \(seed)", total: Double(stepCount))
        case .stepped(let step, let loss):
            bar.advance(to: Double(step))
            if step == stepCount { say(String(format: "%@: loss %.3f", label.withLock { $0 }, loss)) }
        case .trained: break
        case .evaluating(let seed, let tokens, let count):
            begin("evaluating seed \(seed)", total: Double(count))
            bar.advance(to: Double(tokens))
        }
    }

    private func begin(_ name: String, total: Double) {
        let isNew = label.withLock { label in
            defer { label = name }
            return label != name
        }
        if isNew { bar.begin(name, total: total) }
    }

    private func say(_ text: String) {
        end()
        if !isQuiet { StandardError.line(text) }
    }
}
