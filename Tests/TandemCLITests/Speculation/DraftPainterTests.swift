import TandemDecoding
import Testing

@testable import TandemCLI

struct DraftPainterTests {
    private let tokens: [(text: String, origin: TokenOrigin)] = [
        ("One", .large), (" two", .model), (" three", .model), (",", .lookup), ("", .lookup), (" four", .large),
    ]
    private let text = "One two three, four"

    @Test func `marks stand around runs of drafted tokens`() {
        var painter = DraftPainter(.marks)
        let painted = painter.paint(tokens, in: text) + painter.end()
        #expect(painted == "One⟦ two three⟧⟪,⟫ four")
    }

    @Test func `marks stay open from piece to piece and are closed at the end`() {
        var painter = DraftPainter(.marks)
        var painted = ""
        for token in tokens.prefix(3) { painted += painter.paint([token], in: token.text) }
        painted += painter.end()
        #expect(painted == "One⟦ two three⟧")
        #expect(painter.end() == "")
    }

    @Test(arguments: [DraftPainter.Style.colours, .underlines])
    func `looks change nothing of the text`(style: DraftPainter.Style) {
        var painter = DraftPainter(style)
        let painted = painter.paint(tokens, in: text) + painter.end()
        #expect(painted != text && painted.replacing(/\u{1B}\[[0-9;]*m/, with: "") == text)
        // No colours where none are wanted: underlining and bold face only.
        #expect((style == .colours) == painted.contains("\u{1B}[32m"))
        #expect((style == .underlines) == painted.contains("\u{1B}[4m two"))
    }

    @Test func `text that was held back is the large model's`() {
        var painter = DraftPainter(.marks)
        #expect(painter.paint([(" a", .model)], in: " a and more") + painter.end() == "⟦ a⟧ and more")
        #expect(painter.paint([], in: "rest") == "rest")
        // A stop string has cut the last token: what is left of it is shown once.
        #expect(painter.paint([(" abc", .model)], in: " a") + painter.end() == " a")
    }

    @Test func `the style suits the terminal`() {
        func legend(_ isInteractive: Bool, _ hasColours: Bool) -> String {
            DraftPainter(for: Terminal(isInteractive: isInteractive, hasColours: hasColours, width: 80))
                .legend([.lookup, .large])
        }
        #expect(legend(true, true) == "\u{1B}[33mlooked up and kept\u{1B}[0m   the large model's own")
        #expect(legend(true, false) == "\u{1B}[1;4mlooked up and kept\u{1B}[0m   the large model's own")
        #expect(legend(false, false) == "⟪looked up and kept⟫   the large model's own")
    }
}
