import Foundation
import Testing

@testable import TandemText

/// Templates come from strangers: whatever they say, they end, within bounds and without a trap.
@Suite struct ChatTemplateLimitTests {
    func failure(_ source: String, _ limits: ChatTemplate.Limits = .init()) throws -> ChatTemplateError {
        let failure = try #require(throws: ChatTemplateError.self) {
            try ChatTemplate(source, limits: limits).render(variables: [:], now: nil)
        }
        #expect(failure.kind == .limit, "\(failure)")
        return failure
    }

    func small(_ change: (inout ChatTemplate.Limits) -> Void) -> ChatTemplate.Limits {
        var limits = ChatTemplate.Limits()
        limits.stepCount = 200_000
        limits.outputByteCount = 100_000
        change(&limits)
        return limits
    }

    @Test func `a long template is refused`() throws {
        #expect(try failure("123456", small { $0.sourceByteCount = 5 }).line == nil)
    }

    @Test func `loops are counted together`() throws {
        let loops = "{% for a in range(10) %}\n{% for b in range(10) %}{% endfor %}{% endfor %}"
        #expect(try failure(loops, small { $0.loopIterationCount = 109 }).line == 2)
        #expect(try ChatTemplate(loops, limits: small { $0.loopIterationCount = 110 }).render(messages: []) == "")
    }

    @Test func `output is counted in bytes`() throws {
        let limits = small { $0.outputByteCount = 6 }
        #expect(try ChatTemplate("äöü", limits: limits).render(messages: []) == "äöü")
        _ = try failure("äöüx", limits)
        _ = try failure("{% set x = 'äöü' ~ 'x' %}", limits)
    }

    @Test(arguments: [
        "{{ 'x' * 1000000000000 }}", "{{ [0] * 1000000000000 }}", "{{ 9223372036854775807 * 'xx' }}",
        "{% set ns = namespace(x='x') %}{% for i in range(100) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
        "{% set ns = namespace(x='x') %}{% for i in range(100) %}{% set ns.x = ns.x|replace('x', 'xx') %}{% endfor %}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(50) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(50) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x == ns.x }}",
        "{% set ns = namespace(x=(1,)) %}{% for i in range(50) %}{% set ns.x = (ns.x, ns.x) %}{% endfor %}{{ {ns.x: 1} }}",
        "{% set ns = namespace(x=[]) %}{% for i in range(50) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x|tojson }}",
        "{% set ns = namespace(x=[]) %}{% for i in range(1000) %}{% set ns.x = [ns.x] %}{% endfor %}",
        "{% set ns = namespace(x=[]) %}{% for i in range(1000) %}{% set ns.x = {'x': ns.x} %}{% endfor %}",
        "{% set ns = namespace(x='') %}{% for i in range(1000) %}{% set ns.x = [ns.x]|map('default') %}{% endfor %}",
        "{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}", "{{ 'x'.center(999999999999) }}",
        "{{ '%999999999999d' % 5 }}", "{{ '%*d' % (999999999999, 5) }}", "{{ 'a\\nb'|indent(999999999999) }}",
        "{{ [1]|tojson(indent=999999999999) }}", "{{ [1]|batch(999999999999, 0)|list }}",
        "{{ [1]|slice(999999999999)|list }}",
        "{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}",
        "{% macro m() %}{% call m() %}{% endcall %}{% endmacro %}{{ m() }}",
        "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
        "{% set x = range(100000)|list %}{% for i in x %}{% if x == x %}{% endif %}{% endfor %}",
        "{{ range(100001) }}", "{{ ('a,' * 40000).split(',')|join('x' * 90000) }}",
        "{{ ['a']|map(\("'map', " + String(repeating: "'map', ", count: 300))'list')|list }}",
    ])
    func `a template that asks for too much is stopped`(_ source: String) throws {
        _ = try failure(source, small { _ in })
    }

    @Test func `a template that takes too long is stopped`() throws {
        var limits = ChatTemplate.Limits()
        limits.stepCount = .max
        limits.loopIterationCount = .max
        limits.duration = .milliseconds(20)
        let endless = "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}"
        #expect(try failure(endless, limits).message.contains("longer than 0.02"))
        limits.duration = .zero
        #expect(try failure("{{ 1 + 1 }}", limits).message.contains("longer than 0.0"))
    }

    /// Numbers at the edge of what 64 bits hold, where a step that is not watched overflows or never ends.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("[] * 2305843009213693956", "[]"), ("2305843009213693956 * []", "[]"),
            ("(() * 9223372036854775807)", "()"),
            ("'' * 10**18", ""), ("'' * 9223372036854775807", ""),
            ("'abc'.find('b', 9223372036854775807)", "-1"), ("'abc'.rfind('b', 9223372036854775807)", "-1"),
            ("'abc'.count('b', 9223372036854775807)", "0"), ("'abc'.count('', 9223372036854775807)", "0"),
            ("'abc'.find('b', -9223372036854775807 - 1)", "1"), ("'abc'.find('', 3)", "3"), ("'abc'.find('', 4)", "-1"),
            ("'abc'.count('b', 0, 9223372036854775807)", "1"),
            ("1.5|round(-9223372036854775807 - 1)", "0.0"), ("1.5|round(-400)", "0.0"), ("1.5|round(-399)", "0.0"),
            ("15|round(-9223372036854775807 - 1)", "0"),
        ])
    func `the largest numbers and the emptiest values are taken`(_ expression: String, _ expected: String) throws {
        #expect(try ChatTemplate("{{ \(expression) }}").render(messages: []) == expected)
    }

    @Test func `text that is not there from a far place on is an error of the template`() throws {
        for name in ["index", "rindex"] {
            let failure = try #require(throws: ChatTemplateError.self) {
                try ChatTemplate("{{ 'abc'.\(name)('b', 9223372036854775807) }}").render(messages: [])
            }
            #expect(failure.kind == .evaluation && failure.message.contains("did not find"))
        }
    }

    /// Where every place looks like a beginning, a search that starts anew at each takes the product of both lengths.
    @Test(
        .timeLimit(.minutes(5)),
        arguments: [
            ("(a ~ a).count(a ~ 'b')", "0"), ("(a ~ a).find(a ~ 'b')", "-1"), ("(a ~ a ~ 'b').find(a ~ 'b')", "100000"),
            ("(a ~ 'b') in (a ~ a)", "False"), ("(a ~ a).replace(a ~ 'b', '')|length", "200000"),
            ("(a ~ a).split(a ~ 'b')|length", "1"), ("(a ~ a).rsplit('b' ~ a)|length", "1"),
        ])
    func `searching takes no more than the lengths of both texts`(_ expression: String, _ expected: String) throws {
        let template = try ChatTemplate("{% set a = 'a' * 100000 %}{{ \(expression) }}")
        #expect(try template.render(messages: []) == expected)
    }

    @Test func `overlaps count for a place and not for a number of places`() throws {
        let source =
            "{{ 'aaaaa'.count('aa') }} {{ 'aaaaa'.find('aa', 1) }} {{ 'aaaaa'.rfind('aa') }} {{ 'abab'.split('ab') }}"
        #expect(try ChatTemplate(source).render(messages: []) == "2 1 3 ['', '', '']")
    }

    @Test(.timeLimit(.minutes(1))) func `zeros in front of a long number are read once`() throws {
        let digits = String(repeating: "0", count: 100_000) + String(repeating: "1", count: 100_000)
        let failure = try #require(throws: ChatTemplateError.self) { try ChatTemplate("{{ \(digits) }}") }
        #expect(failure.kind == .syntax && failure.message.utf8.count < 100)
    }

    @Test func `names of arguments are compared with each other at a price`() throws {
        let pairs = (0..<5_000).map { "'k\($0)': 0" }.joined(separator: ", ")
        _ = try failure("{{ namespace(**{\(pairs)}) }}", small { _ in })
    }

    @Test func `deep brackets, operators and blocks are refused`() throws {
        for (opening, closing) in [
            ("(", ")"), ("[", "]"), ("{'a':", "}"), ("not ", ""), ("-", ""), ("x(", ")"), ("x[", "]"), ("x|d(", ")"),
            ("1 if 1 else ", ""), ("x is eq [", "]"),
        ] {
            let many = 10_000
            let source =
                "{{ " + String(repeating: opening, count: many) + "1" + String(repeating: closing, count: many) + " }}"
            let failure = try #require(throws: ChatTemplateError.self) { try ChatTemplate(source) }
            #expect(failure.kind == .limit, "\(opening): \(failure)")
        }
        for tag in ["if 1", "for x in [1]", "macro m()", "filter upper", "with", "set x", "call m()"] {
            _ = try failure(String(repeating: "{% \(tag) %}", count: 1000))
        }
        _ = try failure("{% set " + String(repeating: "(", count: 10_000))
    }

    @Test func `long chains are not deep`() throws {
        let many = 2_000
        let sum = try ChatTemplate("{{ 0" + String(repeating: " + 1", count: many) + " }}").render(messages: [])
        #expect(sum == "\(many)")
        let text = try ChatTemplate("{{ 'a'" + String(repeating: "|upper|lower", count: many) + " }}").render(
            messages: [])
        #expect(text == "a")
        let branches = String(repeating: "{% elif 0 %}", count: many)
        #expect(try ChatTemplate("{% if 0 %}\(branches){% else %}x{% endif %}").render(messages: []) == "x")
    }

    /// Chains through namespaces, macros and loops are as long as the template runs, so releasing them must not recurse.
    @Test(arguments: [
        "{% set ns = namespace() %}{% for i in range(20000) %}{% set ns.x = namespace(x=ns.x) %}{% endfor %}",
        "{% set ns = namespace() %}{% for i in range(20000) %}{% set p = ns.x %}{% macro m() %}{{ p }}{% endmacro %}{% set ns.x = m %}{% endfor %}",
        "{% set ns = namespace() %}{% for i in range(20000) %}{% set p = ns.x %}{% for j in [1] if p or 1 %}{% set ns.x = loop %}{% endfor %}{% endfor %}",
        "{% set ns = namespace() %}{% set ns.x = ns %}",
    ])
    func `long chains of what a template made are released`(_ source: String) throws {
        #expect(try ChatTemplate(source).render(messages: []) == "")
    }

    /// The smallest stacks that threads have on the systems that Tandem runs on are half a megabyte. Builds without
    /// optimisation need up to 0.75 megabytes (measured), so they get one.
    @Test func `the deepest template that is allowed fits a small stack`() throws {
        let limits = ChatTemplate.Limits()
        let brackets = limits.syntaxDepth - 6
        let nested =
            String(repeating: "(1 + [", count: brackets / 2) + "m(n + 1)"
            + String(repeating: "]|length)", count: brackets / 2)
        let sources = [
            "{% macro m(n) %}{% for i in [1] %}{% if n %}{{ \(nested) }}{% endif %}{% endfor %}{% endmacro %}{{ m(1) }}",
            "{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}{{ m(1) }}",
            "{% macro m(n) %}{% set x %}{% filter upper %}{{ m(n + 1)|upper|trim }}{% endfilter %}{% endset %}{% endmacro %}{{ m(1) }}",
            "{{ " + String(repeating: "[", count: limits.syntaxDepth + 1),
            "{{ " + String(repeating: "x|d(", count: limits.syntaxDepth + 1),
            "{{ " + String(repeating: "1 if 1 else ", count: limits.syntaxDepth + 1),
            String(repeating: "{% if 1 %}", count: limits.syntaxDepth + 1),
            "{% set ns = namespace(x=[]) %}{% for i in range(70) %}{% set ns.x = [ns.x] %}{% endfor %}",
            "{% set ns = namespace(x=[]) %}{% for i in range(60) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x == [] }}{{ ns.x }}{{ ns.x|tojson }}{% for i in range(9) %}{% set ns.x = [ns.x] %}{% endfor %}",
        ]
        for source in sources {
            let outcome = Outcome()
            let done = DispatchSemaphore(value: 0)
            let thread = Thread {
                do { _ = try ChatTemplate(source).render(messages: []) } catch {
                    outcome.error = error as? ChatTemplateError
                }
                done.signal()
            }
            #if DEBUG
                thread.stackSize = 1024 << 10
            #else
                thread.stackSize = 512 << 10
            #endif
            thread.start()
            done.wait()
            #expect(outcome.error?.kind == .limit, "\(source.prefix(80)): \(String(describing: outcome.error))")
        }
    }

    /// Written by one thread before the semaphore is signalled, read by another after.
    private final class Outcome: @unchecked Sendable {
        var error: ChatTemplateError?
    }
}
