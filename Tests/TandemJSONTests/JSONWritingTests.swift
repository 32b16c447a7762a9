import TandemJSON
import Testing

@Test(arguments: [
    "null", "true", "[]", "{}", "[1, -2, 0.5, 1e-05, 12345678901234]", #"{"a": {"b": [], "ü": "\n\"\\"}}"#,
    #"[[1, 2], [3], {"x": [{}]}]"#,
])
func `a value that is written is read as the same value`(text: String) throws {
    let value = try JSONValue(parsing: Array(text.utf8))
    #expect(try JSONValue(parsing: Array(value.document.utf8)) == value)
}

@Test func `members stand on lines of their own and plain lists on one`() {
    let value: JSONValue = ["shape": [2, 3], "name": "query", "inner": ["tied": false]]
    #expect(
        value.document == """
            {
              "shape": [2, 3],
              "name": "query",
              "inner": {
                "tied": false
              }
            }
            """)
}
