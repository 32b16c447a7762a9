import Foundation
import Synchronization

/// Shows how far something long has come: a bar that is drawn over on a terminal, a line every few seconds elsewhere.
///
/// Writes to standard error. May be told of progress from any thread, and as often as one likes.
///
///     let bar = ProgressBar(quantity: .counted("tokens"), isQuiet: isQuiet)
///     bar.begin("training", total: 1_000_000)
///     bar.advance(to: 4096)
///     bar.finish()
final class ProgressBar: Sendable {
    private struct State {
        var label = ""
        var amount = 0.0
        var total: Double?
        var meter = RateMeter()
        var shownAt: Duration?
        var isRunning = false
    }

    private let quantity: Quantity
    private let isQuiet: Bool
    private let terminal: @Sendable () -> Terminal
    private let now: @Sendable () -> Duration
    private let write: @Sendable (String) -> Void
    private let state = Mutex(State())

    /// A bar that shows nothing yet.
    ///
    /// - Parameters:
    ///   - terminal: asked anew each time, because windows change their width.
    ///   - now: a clock that does not go back.
    init(
        quantity: Quantity, isQuiet: Bool = false,
        terminal: @escaping @Sendable () -> Terminal = { .standardError },
        now: @escaping @Sendable () -> Duration = ProgressBar.uptime,
        write: @escaping @Sendable (String) -> Void = ProgressBar.writeToStandardError
    ) {
        self.quantity = quantity
        self.isQuiet = isQuiet
        self.terminal = terminal
        self.now = now
        self.write = write
    }

    /// Begins something, or begins it again; ends what was shown before.
    func begin(_ label: String, total: Double?, amount: Double = 0) {
        finish(isKept: false)
        state.withLock { state in
            state = State(label: label, amount: amount, total: total, isRunning: true)
            state.meter.note(amount, at: now())
            show(&state, isForced: terminal().isInteractive)
        }
    }

    /// So much is done now; `total` is a better guess at what there is to do.
    func advance(to amount: Double, of total: Double? = nil) {
        state.withLock { state in
            guard state.isRunning else { return }
            state.amount = amount
            state.total = total ?? state.total
            show(&state, isForced: false)
        }
    }

    /// Gives what is under way another label.
    func rename(_ label: String) { state.withLock { $0.label = label } }

    /// Says something in a line of its own; the bar stays below it.
    func say(_ line: String) {
        guard !isQuiet else { return }
        state.withLock { state in
            let isDrawn = state.isRunning && terminal().isInteractive
            write((isDrawn ? "\r\u{1B}[K" : "") + line + "\n")
            if isDrawn { show(&state, isForced: true) }
        }
    }

    /// Ends the bar; its last state stays to be read if `isKept`.
    func finish(isKept: Bool = true) {
        state.withLock { state in
            guard state.isRunning else { return }
            if isKept {
                show(&state, isForced: true)
                if !isQuiet, terminal().isInteractive { write("\n") }
            } else if !isQuiet, terminal().isInteractive {
                write("\r\u{1B}[K")
            }
            state.isRunning = false
        }
    }

    private func show(_ state: inout State, isForced: Bool) {
        let time = now()
        let terminal = terminal()
        let pause: Duration = terminal.isInteractive ? .milliseconds(100) : .seconds(5)
        if let shownAt = state.shownAt, !isForced, time - shownAt < pause { return }
        state.meter.note(state.amount, at: time)
        // The first line where nothing is drawn over comes after a pause too: short things need none.
        guard state.shownAt != nil || isForced || terminal.isInteractive else { return state.shownAt = time }
        state.shownAt = time
        guard !isQuiet else { return }
        let line = ProgressLine(
            label: state.label, amount: state.amount, total: state.total, rate: state.meter.perSecond,
            quantity: quantity)
        if terminal.isInteractive {
            // One column stays free: some terminals go to the next line when the last one is written.
            write("\r" + line.text(width: max(terminal.width - 1, 10), hasColours: terminal.hasColours) + "\u{1B}[K")
        } else {
            write(line.plainText + "\n")
        }
    }

    private static let start = ContinuousClock.now

    /// Time since the first call.
    static let uptime: @Sendable () -> Duration = { ContinuousClock.now - start }

    static let writeToStandardError: @Sendable (String) -> Void = { text in
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}
