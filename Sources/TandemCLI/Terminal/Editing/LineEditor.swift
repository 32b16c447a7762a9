/// Lets a person write a text of one or more lines.
///
/// | keys | do |
/// | --- | --- |
/// | arrows, Ctrl-B and -F, Home and End (Ctrl-A and -E) | move; up and down go into the history at the text's ends |
/// | Alt-B and -F, Ctrl-arrows | move by words |
/// | Ctrl-W, Alt-Backspace, Alt-D, Ctrl-U, Ctrl-K | delete a word, to the beginning, to the end |
/// | `\` before Enter, Alt-Enter | another line |
/// | Ctrl-C | clears the text; in an empty one, twice, leaves |
/// | Ctrl-D in an empty text | leaves |
final class LineEditor {
    enum Outcome: Equatable {
        case text(String)
        case leave
    }

    // Terminals that know bracketed paste say where the clipboard's text begins and ends, so that its line ends are not
    // taken for the Enter key.
    private static let pasteBeginning = "\u{1B}[?2004h"
    /// Pasted text is no longer told from typed text.
    static let pasteEnd = "\u{1B}[?2004l"

    private let terminal: RawTerminal
    private let prompt: String
    private var decoder = KeyDecoder()
    private var shown: LineLayout?
    var history: InputHistory

    init(terminal: RawTerminal, prompt: String, history: InputHistory) {
        self.terminal = terminal
        self.prompt = prompt
        self.history = history
    }

    /// Reads one text.
    ///
    /// - Throws: If the terminal cannot be written.
    func read() throws -> Outcome {
        terminal.beginEditing()
        try StandardOutput.write(Self.pasteBeginning)
        defer {
            try? StandardOutput.write(Self.pasteEnd)
            terminal.restore()
        }
        var buffer = LineBuffer()
        var wasInterrupted = false
        shown = nil
        history.reset()
        try draw(buffer)
        while let key = nextKey() {
            let isInterrupt = key == .interrupt
            switch key {
            case .enter:
                if buffer.cursor > 0, buffer.characters[buffer.cursor - 1] == "\\" {
                    buffer.backspace()
                    buffer.insert("\n")
                    break
                }
                try leave(buffer)
                return .text(buffer.text)
            case .interrupt:
                if wasInterrupted, buffer.isEmpty {
                    try leave(buffer)
                    return .leave
                }
                try leave(buffer)
                if buffer.isEmpty { try StandardOutput.write("(Ctrl-C once more, Ctrl-D or /quit leaves)\r\n") }
                buffer = LineBuffer()
                history.reset()
                shown = nil
            case .endOfInput:
                guard buffer.isEmpty else {
                    buffer.delete()
                    break
                }
                try leave(buffer)
                return .leave
            case .clearScreen:
                try StandardOutput.write("\u{1B}[H\u{1B}[2J")
                shown = nil
            default: edit(&buffer, key)
            }
            wasInterrupted = isInterrupt
            try draw(buffer)
        }
        try leave(buffer)
        return .leave
    }

    private func edit(_ buffer: inout LineBuffer, _ key: Key) {
        switch key {
        case .text(let text): buffer.insert(text)
        case .paste(let text): buffer.paste(text)
        case .lineBreak: buffer.insert("\n")
        case .backspace: buffer.backspace()
        case .delete: buffer.delete()
        case .left: buffer.left()
        case .right: buffer.right()
        case .home: buffer.home()
        case .end: buffer.end()
        case .wordLeft: buffer.wordLeft()
        case .wordRight: buffer.wordRight()
        case .deleteWordBackward: buffer.deleteWordBackward()
        case .deleteWordForward: buffer.deleteWordForward()
        case .deleteToEnd: buffer.deleteToEnd()
        case .deleteToStart: buffer.deleteToStart()
        case .up: if !buffer.up(), let text = history.previous(buffer.text) { buffer = LineBuffer(text) }
        case .down: if !buffer.down(), let text = history.next() { buffer = LineBuffer(text) }
        case .enter, .interrupt, .endOfInput, .clearScreen: break
        }
    }

    private func nextKey() -> Key? {
        while true {
            let byte: UInt8?
            if decoder.isInsideSequence {
                byte = terminal.readByte(timeout: .milliseconds(50))
                if byte == nil {
                    decoder.forgetSequence()
                    continue
                }
            } else {
                byte = terminal.readByte()
            }
            guard let byte else { return nil }
            if let key = decoder.decode(byte) { return key }
        }
    }

    private func draw(_ buffer: LineBuffer) throws {
        let size = terminal.size
        let layout = LineLayout(buffer, prompt: prompt, width: size.columns, height: size.rows)
        try StandardOutput.write(layout.drawing(over: shown))
        shown = layout
    }

    private func leave(_ buffer: LineBuffer) throws {
        if let shown { try StandardOutput.write(shown.leaving) }
        shown = nil
    }
}
