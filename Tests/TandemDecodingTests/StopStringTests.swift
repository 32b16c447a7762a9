import TandemText
import Testing

@testable import TandemDecoding

struct StopStringTests {
    @Test func `what may be the beginning of a stop string is held back`() {
        var search = StopStrings(["END"])
        #expect(search.append("the E") == "the ")
        #expect(search.append("agle EN") == "Eagle ")
        #expect(search.append("D.") == "")
        #expect(search.found == "END")
        #expect(search.append("more") == "" && search.flush() == "")
    }

    @Test func `what was held back comes out at the end`() {
        var search = StopStrings(["<|end|>"])
        #expect(search.append("a <|en") == "a ")
        #expect(search.flush() == "<|en")
        #expect(search.found == nil)
    }

    @Test func `of several the first to be complete wins, and of those the longest`() {
        var search = StopStrings(["abcd", "bc"])
        #expect(search.append("abcd") == "a")
        #expect(search.found == "bc")
        var ending = StopStrings(["d", "bcd"])
        #expect(ending.append("abcd") == "a")
        #expect(ending.found == "bcd")
    }

    @Test func `it does not matter where the pieces end`() {
        let stops = ["aab", "ba", "éa", "cc"]
        var state: UInt64 = 7
        func random(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        for _ in 0..<400 {
            let characters = (0..<random(14)).map { _ in ["a", "b", "c", "é"][random(4)] }
            // Character by character, everything ends where it can: the meaning of the search.
            var text = ""
            var found: String?
            for character in characters where found == nil {
                text += character
                found = stops.filter { text.hasSuffix($0) }.max { $0.utf8.count < $1.utf8.count }
                if let found { text.removeLast(found.count) }
            }
            var search = StopStrings(stops)
            var out = ""
            var rest = characters[...]
            while !rest.isEmpty {
                let piece = rest.prefix(1 + random(5))
                out += search.append(piece.joined())
                rest = rest.dropFirst(piece.count)
            }
            out += search.flush()
            #expect(out == text && search.found == found, "\(characters.joined())")
        }
    }

    @Test func `a stop string may span tokens and characters may span tokens`() throws {
        // "é!" byte by byte, then more.
        let tokenizer = ByteTokenizer()
        var answer = AnswerText(
            try StopCondition(strings: ["é!"]), room: 100, text: StreamingDecoder(tokenizer))
        var out = ""
        for token in tokenizer.encode("caf\u{e9}! and", specialTokens: .literal, addsBeginning: false)
        where answer.finish == nil { out += answer.append(token) }
        #expect(out == "caf")
        #expect(answer.finish == .stopString("é!"))
        #expect(answer.tokenCount == 6)
    }

    @Test func `a stop condition that says nothing is refused`() {
        #expect(throws: GenerationError.self) { try StopCondition(strings: [""]) }
        #expect(throws: GenerationError.self) { try StopCondition(maximumTokenCount: -1) }
    }
}
