import TandemJSON
import TandemMath
import Testing

struct JSONParserTests {
    private func read(_ text: String, _ rules: JSONRules = JSONRules()) throws -> JSONValue {
        try JSONValue(parsing: Array(text.utf8), rules: rules)
    }

    @Test func `every kind of value is read, and members keep their order`() throws {
        let value = try read(
            #" {"z": [1, -2.5, 1e3, true, false, null], "b": {"": "x\n\"\\\/\b\f\r\t\u00e9\uD83d\ude00é"}, "c": [], "a": {}} "#
        )
        #expect(
            value
                == .object([
                    JSONMember(
                        name: "z",
                        value: .array([.integer(1), .number(-2.5), .number(1000), .bool(true), .bool(false), .null])),
                    JSONMember(
                        name: "b",
                        value: .object([JSONMember(name: "", value: .string("x\n\"\\/\u{8}\u{C}\r\té😀é"))])),
                    JSONMember(name: "c", value: .array([])), JSONMember(name: "a", value: .object([])),
                ]))
    }

    @Test func `whole numbers keep all their digits`() throws {
        #expect(try read("9223372036854775807") == .integer(.max))
        #expect(try read("-9223372036854775808") == .integer(.min))
        #expect(try read("9223372036854775808") == .number(9_223_372_036_854_775_808))
        #expect(try read("1000000000000000000000") == .number(1e21))
        #expect(try read("-0") == .integer(0))
        #expect(try read("\t0.5E-1\r\n") == .number(0.05))
        #expect(try read("1.0") == .number(1))
    }

    @Test(arguments: [
        ("", 0), (" ", 1), ("{", 1), ("[1", 2), ("[1,]", 3), ("{\"a\"}", 4), ("{\"a\":1,}", 7), ("{a:1}", 1), ("01", 0),
        ("+1", 0), ("1.", 2), (".5", 0), ("1e", 2), ("1e+", 3), ("-", 1), ("-a", 1), ("1.2.3", 3), ("1 2", 2),
        ("nul", 0),
        ("tru", 0), ("\"abc", 0), ("\"\\x\"", 1), ("\"\\", 1), ("\"\\u12\"", 5), ("\"\\u+123\"", 3),
        ("\"\\ud800\"", 1), ("\"\\ud800\\u0041\"", 1), ("\"\\udc00\"", 1), ("\"\\u12g4\"", 5), ("\"\n\"", 1),
        ("\"\u{1}\"", 1), ("1e999", 0), ("{\"a\":1,\"a\":2}", 7), ("{\"a\":1,\"\\u0061\":2}", 7), ("\u{FEFF}{}", 0),
        ("NaN", 0), ("'a'", 0), ("[1 2]", 3), ("[]]", 2), ("{1: 2}", 1), ("/**/1", 0),
    ])
    func `what is no JSON is refused with its place`(text: String, place: Int) throws {
        let error = try #require(throws: JSONError.self) { try read(text) }
        #expect(error.offset == place, "\(error)")
    }

    @Test func `a place is also a line and a column`() throws {
        let error = try #require(throws: JSONError.self) { try read("{\n \"é\": [\n\n  \"äö\" 1]}") }
        #expect(error.line == 4 && error.column == 8)
        #expect(error.description == "a comma or a closing bracket should stand here (line 4, column 8)")
        let first = try #require(throws: JSONError.self) { try read("") }
        #expect(first.line == 1 && first.column == 1)
    }

    @Test func `nesting has a bound, so that the stack has too`() throws {
        func nested(_ count: Int) -> String {
            String(repeating: "[", count: count) + String(repeating: "]", count: count)
        }
        #expect(throws: Never.self) { try read(nested(64)) }
        #expect(throws: JSONError.self) { try read(nested(65)) }
        #expect(throws: Never.self) { try read(nested(128), JSONRules(depthLimit: 128)) }
        // What was closed again does not count.
        #expect(throws: Never.self) { try read("[[],[],{},[{}]]", JSONRules(depthLimit: 3)) }
        for opening in ["[", "{\"a\":"] {
            let error = try #require(throws: JSONError.self) { try read(String(repeating: opening, count: 100_000)) }
            #expect(error.problem.contains("deeper than 64 levels"))
        }
    }

    @Test func `the number of values has a bound, so that memory has too`() throws {
        #expect(throws: Never.self) { try read("[1, [], {}]", JSONRules(valueLimit: 4)) }
        let error = try #require(throws: JSONError.self) { try read("[1, [], {}]", JSONRules(valueLimit: 3)) }
        #expect(error.problem.contains("more than 3 values"))
    }

    @Test func `equal keys are refused, or kept for the user to see`() throws {
        for count in [1, 5, 11, 12, 13, 14, 40, 300] {
            let members = (0..<count).map { "\"\($0)\":\($0)" }.joined(separator: ",")
            #expect(try read("{\(members)}").members?.count == count)
            for repeated in Set([0, count / 2, count - 1]) {
                let text = "{\(members),\"\(repeated)\":1}"
                let error = try #require(throws: JSONError.self) { try read(text) }
                #expect(error.offset == members.utf8.count + 2 && error.problem.contains("twice"))
                #expect(try read(text, JSONRules(duplicateKeys: .kept)).members?.count == count + 1)
            }
        }
        #expect(try read(#"{"a": 1, "a": 2}"#, JSONRules(duplicateKeys: .kept))["a"] == .integer(1))
    }

    @Test func `keys are equal code point for code point`() throws {
        let value = try read(#"{"\u00e9": 1, "e\u0301": 2}"#)
        #expect(value["\u{e9}"] == .integer(1))
        #expect(value["e\u{301}"] == .integer(2))
    }

    @Test func `a name that hides something is shown in an error`() throws {
        let error = try #require(throws: JSONError.self) { try read(#"{"\u001b[2J": 1, "\u001b[2J": 2}"#) }
        #expect(error.problem == #"the key "\u{1b}[2J" occurs twice"#)
    }

    @Test(arguments: [[0xC3, 0x28], [0xED, 0xA0, 0x80], [0xC0, 0x80], [0xF8], [0xE2, 0x82], [0x80]] as [[UInt8]])
    func `bytes that are no UTF-8 are refused`(bytes: [UInt8]) throws {
        for escape in ["", "\\n"] {
            let text = [0x22] + bytes + Array(escape.utf8) + [0x22]
            let error = try #require(throws: JSONError.self) { try JSONValue(parsing: text) }
            #expect(error.problem.contains("not UTF-8"))
        }
    }

    @Test func `random bytes never trap`() throws {
        var generator = SeededGenerator(seed: 7)
        let alphabet = Array(#"{}[]:,"\u01eE+-.tfn aé"#.utf8) + [0x80, 0xFF, 0x0A]
        for _ in 0..<3_000 {
            let length = Int.random(in: 0...24, using: &generator)
            let bytes = (0..<length).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }
            _ = try? JSONValue(parsing: bytes)
        }
    }
}
