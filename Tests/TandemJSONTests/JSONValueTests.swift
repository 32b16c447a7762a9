import TandemJSON
import Testing

struct JSONValueTests {
    @Test func `a value is asked for what it is`() throws {
        let value = try JSONValue(
            parsing: Array(#"{"a": {"b": "x", "c": null}, "d": [1, 2.0], "e": 1.5, "f": true}"#.utf8))
        #expect(value["a"]?["b"]?.text == "x")
        #expect(value["a"]?["c"] == nil && value["a"]?["z"] == nil && value["d"]?["b"] == nil)
        #expect(value["a"]?.members?.map(\.name) == ["b", "c"])
        #expect(value["d"]?.elements?.map(\.integer) == [1, 2])
        #expect(value["d"]?.elements?.map(\.number) == [1, 2])
        #expect(value["e"]?.integer == nil && value["e"]?.number == 1.5)
        #expect(value["f"]?.bool == true && value["f"]?.text == nil && value["f"]?.kind == "a truth value")
        #expect(JSONValue.number(1e30).integer == nil)
    }

    @Test func `a text that is written is read as itself`() throws {
        let text = String(String.UnicodeScalarView((0..<0x250).compactMap { Unicode.Scalar($0) })) + "\u{2028}😀e\u{301}"
        #expect(try JSONValue(parsing: Array(text.jsonText.utf8)) == .string(text))
        #expect("\"\\\n\u{1}/é".jsonText == #""\"\\\n\u0001/é""#)
    }

    @Test func `text of a stranger is shown without its powers`() {
        #expect(quoted("a\u{1B}[31m\u{202E}b") == #""a\u{1b}[31m\u{202e}b""#)
        #expect(quoted(String(repeating: "x", count: 80)) == "\"\(String(repeating: "x", count: 80))\"")
        #expect(quoted(String(repeating: "x", count: 81)) == "\"\(String(repeating: "x", count: 80))…\"")
    }
}
