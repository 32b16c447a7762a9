/// Where the person's lines come from: a terminal with an editor, or a pipe.
enum ChatInput {
    case terminal(RawTerminal, LineEditor)
    case pipe(LineReader)

    /// The terminal, if there is one at both ends.
    ///
    /// - Parameter historyPath: Where lines are remembered.
    static func standard(historyPath: String?) -> ChatInput {
        guard Terminal.standardOutput.isInteractive, let terminal = RawTerminal() else {
            return .pipe(LineReader())
        }
        return .terminal(
            terminal, LineEditor(terminal: terminal, prompt: "> ", history: InputHistory(path: historyPath)))
    }

    var isTerminal: Bool {
        if case .terminal = self { true } else { false }
    }

    /// The next text, or why it cannot be read; `nil` when the person leaves.
    ///
    /// - Throws: If nothing can be read any more.
    func next() throws -> Result<String, any Error>? {
        switch self {
        case .terminal(_, let editor):
            guard case .text(let text) = try editor.read() else { return nil }
            // A history that cannot be kept is no reason to stop.
            try? editor.history.add(text)
            return .success(text)
        case .pipe(let reader):
            guard var line = try reader.next() else { return nil }
            while line.bytes.last == UInt8(ascii: "\\"), let more = try reader.next() {
                line.bytes.removeLast()
                line.bytes += [UInt8(ascii: "\n")] + more.bytes
            }
            return Result { try line.text() }
        }
    }

    /// An answer is about to come: keys are not shown, and Ctrl-C interrupts.
    func beginListening() {
        if case .terminal(let terminal, _) = self { terminal.beginListening() }
    }

    /// The terminal as it was.
    func endListening() {
        if case .terminal(let terminal, _) = self { terminal.restore() }
    }

    /// Puts the terminal right before a signal ends the program; nothing to do for a pipe.
    var restoration: @Sendable () -> Void {
        guard case .terminal(let terminal, _) = self else { return {} }
        return { terminal.restoreAtOnce() }
    }
}
