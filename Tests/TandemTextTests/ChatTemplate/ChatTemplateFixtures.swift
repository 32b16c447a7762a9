import Foundation
import Testing

@testable import TandemText

/// What Tools/make_chat_template_fixtures.py wrote: templates in the manner of model families, conversations, small
/// templates, and what Python's Jinja2 makes of them.
enum ChatTemplateFixtures {
    static func text(_ name: String) throws -> String {
        let folder = try #require(Bundle.module.resourceURL).appending(path: "Fixtures/chat-templates")
        return try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    static func json(_ name: String) throws -> TemplateValue { try TemplateValue(json: text(name)) }

    static func now(_ file: TemplateValue) throws -> CalendarMoment {
        let parts = try #require(file["now"]?.elements).map { part in
            guard case .int(let number) = part else { return 0 }
            return number
        }
        return CalendarMoment(
            year: parts[0], month: parts[1], day: parts[2], hour: parts[3], minute: parts[4], second: parts[5])
    }

    /// What became of a template: its text, or nothing where it failed, and a word on why.
    static func outcome(_ source: String, _ variables: TemplateDictionary, now: CalendarMoment?) -> (
        text: String?, reason: String
    ) {
        do {
            return (try ChatTemplate(source).render(variables: variables, now: now), "")
        } catch {
            return (nil, "\(error)")
        }
    }
}

/// Numbers that look random and are the same in every run (SplitMix64).
struct ChanceForTemplates: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
