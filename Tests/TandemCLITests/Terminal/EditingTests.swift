import Testing

@testable import TandemCLI

struct EditingTests {
    private func keys(_ text: String) -> [Key] {
        var decoder = KeyDecoder()
        return text.utf8.compactMap { decoder.decode($0) }
    }

    private func buffer(_ text: String, left: Int = 0) -> LineBuffer {
        var buffer = LineBuffer(text)
        for _ in 0..<left { buffer.left() }
        return buffer
    }

    @Test func `bytes become keys`() {
        #expect(keys("aé日🙂") == [.text("a"), .text("é"), .text("日"), .text("🙂")])
        #expect(
            keys("\u{1B}[A\u{1B}OB\u{1B}[1;5C\u{1B}b\u{1B}[3~\u{1B}[4~") == [
                .up, .down, .wordRight, .wordLeft, .delete, .end,
            ])
        #expect(keys("\u{3}\u{4}\r\u{7F}\u{17}") == [.interrupt, .endOfInput, .enter, .backspace, .deleteWordBackward])
        #expect(keys("\u{1B}[200~two\rlines\u{1B}[201~x") == [.paste("two\rlines"), .text("x")])
        #expect(keys("\u{1B}[99;99Zx\u{1B}\rb") == [.text("x"), .lineBreak, .text("b")])
    }

    @Test func `a broken character is dropped and the next one read`() {
        var decoder = KeyDecoder()
        #expect([0xE6, 0x41, 0xFF, 0x42].compactMap { decoder.decode($0) } == [.text("A"), .text("B")])
    }

    @Test func `an escape key by itself is forgotten`() {
        var decoder = KeyDecoder()
        #expect(decoder.decode(0x1B) == nil && decoder.isInsideSequence)
        decoder.forgetSequence()
        #expect(decoder.decode(UInt8(ascii: "b")) == .text("b"))
    }

    @Test func `a combining mark joins the character before it`() {
        var line = LineBuffer("e")
        line.insert("\u{301}")
        #expect(line.characters.count == 1 && line.cursor == 1)
        line.backspace()
        #expect(line.isEmpty)
    }

    @Test func `words are stepped over and deleted`() {
        var line = buffer("one two, three")
        line.wordLeft()
        line.wordLeft()
        #expect(line.cursor == 4)
        line.deleteWordForward()
        #expect(line.text == "one , three")
        line.deleteWordBackward()
        #expect(line.text == ", three" && line.cursor == 0)
    }

    @Test func `lines of a text are moved between and cut by themselves`() {
        var line = buffer("first\nsecond\nthird", left: 2)
        #expect(line.up() && line.cursor == 9)
        line.deleteToEnd()
        #expect(line.text == "first\nsec\nthird")
        line.home()
        #expect(line.cursor == 6 && line.up() && !line.up() && line.cursor == 0)
        #expect(line.down() && line.down() && !line.down())
        var pasted = LineBuffer()
        pasted.paste("a\r\nb\tc\u{1B}d")
        #expect(pasted.text == "a\nb    cd")
    }

    @Test func `wide characters take two columns and lines break where the window ends`() {
        #expect(DisplayWidth.of("a日e\u{301}🙂") == 6)
        let layout = LineLayout(buffer("日本語abc"), prompt: "> ", width: 8)
        #expect(layout.rows == ["> 日本語", "  abc"])
        #expect(layout.cursorRow == 1 && layout.cursorColumn == 5)
        let full = LineLayout(buffer("abcdef"), prompt: "> ", width: 8)
        #expect(full.rows == ["> abcdef", "  "] && full.cursorRow == 1 && full.cursorColumn == 2)
        let broken = LineLayout(buffer("ab\ncd", left: 3), prompt: "> ", width: 8)
        #expect(broken.rows == ["> ab", "  cd"] && broken.cursorRow == 0 && broken.cursorColumn == 4)
    }

    @Test func `of a text that is higher than the window the part around the cursor is shown`() {
        let text = (0..<20).map { "line \($0)" }.joined(separator: "\n")
        let layout = LineLayout(LineBuffer(text), prompt: "> ", width: 40, height: 5)
        #expect(layout.rows.count == 5 && layout.rows.last == "  line 19" && layout.cursorRow == 4)
    }

    @Test func `history goes back and returns to what was being written`() throws {
        var history = InputHistory(path: nil)
        for line in ["one", "two", "two", ""] { try history.add(line) }
        #expect(history.entries == ["one", "two"])
        #expect(
            history.previous("draft") == "two" && history.previous("two") == "one" && history.previous("one") == nil)
        #expect(history.next() == "two" && history.next() == "draft" && history.next() == nil)
    }

    @Test func `what begins with a slash steers the program`() {
        #expect(ChatInstruction("  ") == .nothing && ChatInstruction("hi /quit") == .say("hi /quit"))
        #expect(
            ChatInstruction("/system be brief ") == .system("be brief") && ChatInstruction("/system") == .system(nil))
        #expect(ChatInstruction("//slash") == .say("/slash") && ChatInstruction("/save a b.md") == .save("a b.md"))
        guard case .unknown = ChatInstruction("/no") else { Issue.record("/no is no instruction"); return }
    }
}
