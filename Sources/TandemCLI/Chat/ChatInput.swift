/// Where the person's lines come from: a terminal with an editor, or a pipe.
enum ChatInput {
    case terminal(RawTerminal, LineEditor)
    case pipe

    /// The terminal, if there is one at both ends.
    ///
    /// - Parameter historyPath: Where lines are remembered.
    static func standard(historyPath: String?) -> ChatInput {
        guard Terminal.standardOutput.isInteractive, let terminal = RawTerminal() else { return .pipe }
        return .terminal(
            terminal, LineEditor(terminal: terminal, prompt: "> ", history: InputHistory(path: historyPath)))
    }

    var isTerminal: Bool {
        if case .terminal = self { true } else { false }
    }

    /// The next text; `nil` when the person leaves.
    func next() throws -> String? {
        switch self {
        case .terminal(_, let editor):
            guard case .text(let text) = try editor.read() else { return nil }
            // A history that cannot be kept is no reason to stop.
            try? editor.history.add(text)
            return text
        case .pipe:
            guard var text = readLine() else { return nil }
            while text.hasSuffix("\\"), let more = readLine() { text = text.dropLast() + "\n" + more }
            return text
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
}
