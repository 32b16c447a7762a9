import Testing

@testable import TandemText

/// Damaged templates may render or fail, but never trap or hang.
@Suite struct ChatTemplateMutationTests {
    @Test func `templates with random damage end in text or in an error`() throws {
        var chance = ChanceForTemplates(state: 7)
        let snippets = try #require(try ChatTemplateFixtures.json("snippets.json")["cases"]?.elements)
            .compactMap { $0["source"]?.text }
        var sources = snippets.filter { $0.count > 12 }
        for name in ["granite", "schema-macros", "qwen3", "llama31"] {
            sources.append(try ChatTemplateFixtures.text("\(name).jinja"))
        }
        guard case .dictionary(let variables)? = try ChatTemplateFixtures.json("snippets.json")["variables"] else {
            Issue.record("the file has no variables")
            return
        }
        var limits = ChatTemplate.Limits()
        limits.stepCount = 20_000
        limits.outputByteCount = 20_000
        var renderedCount = 0
        var failedCount = 0
        for round in 0..<4_000 {
            // Long templates are slow to read in debug builds; a few will do.
            let pool = round % 50 == 0 ? sources.suffix(4) : sources.dropLast(4)
            let source = mutated(pool.randomElement(using: &chance) ?? "", sources: snippets, &chance)
            do {
                _ = try ChatTemplate(source, limits: limits).render(variables: variables, now: nil)
                renderedCount += 1
            } catch is ChatTemplateError {
                failedCount += 1
            }
        }
        #expect(renderedCount > 400)
        #expect(failedCount > 400)
    }

    private static let pieces = [
        "{%", "%}", "{{", "}}", "{#", "#}", "-", "+", "\n", "(", ")", "[", "]", "{", "}", "'", "\"", "\\", "|", ".",
        ",",
        ":", "::", "=", "==", "*", "**", "/", "//", "%", "~", "<", " not ", " in ", " is ", " if ", " else ", " and ",
        "0",
        "-1", "9223372036854775807", "-9223372036854775808", "1e308", "0.5", "[::-1]", "none", "true", "loop",
        "loop.last",
        "loop.nextitem", "|length", "|list", "|first", "|last", "|join", "|int", "|float", "|round(400)", "|abs",
        "|tojson",
        "|tojson(indent=2)", "|reverse", "|sort", "|map('upper')", "|sum", "|unique", "|items", "|slice(3)",
        "|batch(2)",
        ".split()", ".items()", ".get(1)", ".upper()", ".center(20)", ".zfill(9)", "%d", "%5.2f", "{}", "\u{301}", "👍🏽",
        "{% endfor %}", "{% endif %}", "{% else %}", "{% break %}", "{% set x = 1 %}", "namespace()", "range(3)",
        "caller()",
    ]

    private func mutated(_ source: String, sources: [String], _ chance: inout ChanceForTemplates) -> String {
        var scalars = Array(source.unicodeScalars)
        for _ in 0..<Int.random(in: 1...4, using: &chance) {
            let place = Int.random(in: 0...scalars.count, using: &chance)
            let end = min(scalars.count, place + Int.random(in: 1...6, using: &chance))
            switch Int.random(in: 0..<5, using: &chance) {
            case 0: scalars.removeSubrange(place..<end)
            case 1:
                scalars.insert(contentsOf: scalars[place..<end], at: Int.random(in: 0...scalars.count, using: &chance))
            case 2:
                let other = Array((sources.randomElement(using: &chance) ?? "").unicodeScalars)
                let start = Int.random(in: 0...other.count, using: &chance)
                scalars.insert(contentsOf: other[start..<min(other.count, start + 20)], at: place)
            case 3:
                let piece = Self.pieces.randomElement(using: &chance) ?? ""
                scalars.replaceSubrange(place..<end, with: Array(piece.unicodeScalars))
            default:
                let piece = Self.pieces.randomElement(using: &chance) ?? ""
                scalars.insert(contentsOf: Array(piece.unicodeScalars), at: place)
            }
        }
        return String(scalars)
    }
}
