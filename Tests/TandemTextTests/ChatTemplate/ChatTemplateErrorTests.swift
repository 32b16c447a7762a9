import Testing

@testable import TandemText

/// Errors say what was wrong and in which line.
@Suite struct ChatTemplateErrorTests {
    func error(_ source: String, _ variables: TemplateDictionary = [:]) throws -> ChatTemplateError {
        try #require(throws: ChatTemplateError.self) {
            try ChatTemplate(source).render(variables: variables, now: nil)
        }
    }

    @Test func `a template that refuses its input is told from one that fails`() throws {
        let refused = try error("a\nb\n{{ raise_exception('Roles must alternate') }}")
        #expect(refused == ChatTemplateError(kind: .refused, line: 3, message: "Roles must alternate"))
        #expect(refused.description == "chat template, line 3: Roles must alternate")
        let failed = try error("a\n{{ 1 + 'x' }}")
        #expect(failed == ChatTemplateError(kind: .evaluation, line: 2, message: "'+' has no meaning for int and str"))
    }

    @Test(arguments: [
        ("{% if x %}\n\n{{ y. }}", 3), ("\n{% if x %}\n", 2), ("a\n{{ 'never closed", 2), ("{#\n\n#}\n{% nosuch %}", 4),
        ("{{ 1 +\n+ }}", 2), ("{{\n\n(1]\n}}", 3), ("{% raw %}\n", 1), ("\r\n{# x", 2),
    ])
    func `a template that cannot be read names the line`(_ source: String, _ line: Int) throws {
        let failure = try #require(throws: ChatTemplateError.self) { try ChatTemplate(source) }
        #expect(failure.kind == .syntax)
        #expect(failure.line == line, "\(failure)")
    }

    @Test(arguments: [
        ("\n{{ missing.role }}", 2, "'missing' is undefined"),
        ("{% set m = {'a': 1} %}\n\n{{ m.b.c }}", 3, "a value of the type dict has no attribute 'b'"),
        ("{% for x in [1] %}\n{{ x }}\n{{ x|nosuch }}\n{% endfor %}", 3, "there is no filter 'nosuch'"),
        ("{% macro m() %}\n{{ 1 // 0 }}\n{% endmacro %}\n\n{{ m() }}", 2, "division by zero"),
        ("{% macro m() %}\nx\n{% endmacro %}\n\n{{ m() }}{{ 1 // 0 }}", 5, "division by zero"),
        (
            "\n{% set l = [] %}\n{{ l.append(1) }}", 3,
            "'append' would change a value of the type list, which templates may not"
        ),
        ("\n{{ [1]|sort(nope=1) }}", 2, "sort has no parameter 'nope'"),
    ])
    func `a template that fails names the line`(_ source: String, _ line: Int, _ message: String) throws {
        #expect(try error(source) == ChatTemplateError(kind: .evaluation, line: line, message: message))
    }
}
