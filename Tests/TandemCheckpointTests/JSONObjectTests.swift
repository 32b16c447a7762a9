import Testing

@testable import TandemCheckpoint

struct JSONObjectTests {
    @Test func `a value of another kind is refused with its path`() throws {
        let json = try JSONObject(
            bytes: Array(#"{"a": {"b": "x", "c": null}, "d": [1, "2"], "e": 1.5}"#.utf8), file: "f.json")
        let inner = try #require(try json.object("a"))
        let error = try #require(throws: CheckpointError.self) { try inner.integer("b") }
        #expect(
            error.description.hasPrefix(#"f.json, key "a.b": its value is a string, where a whole number is needed."#))
        #expect(try inner.string("c") == nil)
        #expect(throws: CheckpointError.self) { try json.integers("d") }
        #expect(throws: CheckpointError.self) { try json.integer("e") }
        #expect(try json.double("e") == 1.5)
    }

    @Test func `what is no JSON is refused with its place in the file and in the text`() throws {
        let error = try #require(throws: CheckpointError.self) {
            try JSONObject(bytes: Array("{\n  \"a\" 1}".utf8), file: "f.json", start: 8)
        }
        #expect(error.place == .byte(16))
        #expect(error.problem.contains("a colon should stand here (line 2, column 7)"))
        #expect(throws: CheckpointError.self) { try JSONObject(bytes: Array("[]".utf8), file: "f.json") }
    }

    @Test func `equal keys are refused, also in two spellings`() throws {
        for text in [#"{"a": 1, "a": 2}"#, #"{"\u00e9": 1, "e\u0301": 2}"#] {
            #expect(throws: CheckpointError.self) { try JSONObject(bytes: Array(text.utf8), file: "f.json") }
        }
    }
}
