import Testing

@testable import TandemText

@Suite struct TemplateValueTests {
    @Test func `JSON keeps the order of keys and tells whole numbers from others`() throws {
        let text =
            #" {"b": [1, -0, 1.0, 1e2, 2E-1, true, false, null], "a": {"é": "\u00e9\n\ud83d\ude00\/\""}, "b2": {}} "#
        let value = try TemplateValue(json: text)
        #expect(
            value == [
                "b": [1, 0, .float(1), .float(100), .float(0.2), true, false, nil], "a": ["é": "é\n😀/\""], "b2": [:],
            ])
        guard case .dictionary(let entries) = value else { return }
        #expect(entries.entries.map(\.key) == ["b", "a", "b2"])
        #expect(try TemplateValue(json: "1000000000000000000000") == .float(1e21))
    }

    @Test func `of equal keys the last value counts, and keys are equal by code points`() throws {
        #expect(try TemplateValue(json: #"{"a": 1, "b": 2, "a": 3}"#) == ["a": 3, "b": 2])
        let value = try TemplateValue(json: #"{"\u00e9": 1, "e\u0301": 2}"#)
        #expect(value["\u{e9}"] == 1)
        #expect(value["e\u{301}"] == 2)
    }

    @Test func `a key can be removed`() {
        var entries: TemplateDictionary = ["a": 1, "b": 2, "c": 3]
        entries["b"] = nil
        entries["c"] = 4
        #expect(entries == ["a": 1, "c": 4])
        #expect(entries["b"] == nil)
    }

    @Test(arguments: [
        "", " ", "{", "[1,]", "[1 2]", #"{"a" 1}"#, #"{"a": 1,}"#, "{1: 2}", "01", "1.", ".5", "1e", "+1", "-", "tru",
        "nul",
        "'a'", #""a"#, "\"\n\"", #""\x""#, #""\u12""#, #""\ud800""#, #""\ud800\u0041""#, #""\udc00""#, "1 2", "NaN",
        "[]]",
        "\"\\", #""\u+123""#,
    ])
    func `what is not JSON is refused`(_ text: String) throws {
        let failure = try #require(throws: ChatTemplateError.self) { try TemplateValue(json: text) }
        #expect(failure.kind == .input)
    }

    @Test func `JSON that nests too deep is refused, not read`() throws {
        for opening in ["[", #"{"a":"#] {
            let text = String(repeating: opening, count: 100_000)
            let failure = try #require(throws: ChatTemplateError.self) { try TemplateValue(json: text) }
            #expect(failure.message.contains("deeper"))
        }
        let deep = try TemplateValue(json: String(repeating: "[", count: 100) + String(repeating: "]", count: 100))
        let failure = try #require(throws: ChatTemplateError.self) {
            try ChatTemplate("{{ x }}").render(messages: [], extra: ["x": deep])
        }
        #expect(failure.kind == .limit)
    }
}
