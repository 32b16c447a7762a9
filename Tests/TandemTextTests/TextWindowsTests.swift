import TandemText
import Testing

struct TextWindowsTests {
    @Test func `every token of a text is in one window`() {
        let windows = TextWindows(of: "abcdefg", length: 3, tokenizer: ByteTokenizer())
        #expect(windows.all == [[97, 98, 99], [100, 101, 102], [103]])
        #expect(windows.predictable == [[97, 98, 99], [100, 101, 102]])
        #expect(TextWindows(of: "", length: 3, tokenizer: ByteTokenizer()).all == [])
    }

    @Test func `each window begins as texts do`() {
        let windows = TextWindows(of: "abc", length: 3, tokenizer: ByteTokenizer(addsBeginningOfText: true))
        #expect(windows.all == [[257, 97, 98], [257, 99]])
        #expect(windows.predictable == windows.all)
    }

    @Test func `what begins a window does not count towards the text's tokens`() {
        let tokenizer = ByteTokenizer(addsBeginningOfText: true)
        #expect(
            TextWindows(of: "abcdef", length: 3, tokenCount: 3, tokenizer: tokenizer).all == [
                [257, 97, 98], [257, 99],
            ])
    }

    @Test func `nobody speaks as the system in a text`() {
        let windows = TextWindows(of: "<|end|>", length: 100, tokenizer: ByteTokenizer())
        #expect(windows.all == [Array("<|end|>".utf8).map { Int($0) }])
    }
}
