import Foundation
import TandemMath

/// What a model's card on the hub, the `README.md` of its directory, says about the licence.
///
/// The card begins with some YAML between two lines of dashes:
///
///     ---
///     license: other
///     license_name: qwen-research
///     ---
///
/// This is no reader of YAML: a value is text behind its key, on the same line, in quotation marks or without. Anything else
/// counts as nothing said, since a licence that cannot be read is no reason to refuse a model.
struct HuggingFaceCard {
    /// As the hub names licences.
    let license: String?
    /// What the makers call a licence that the hub has no name for.
    let licenseName: String?

    /// Front matter is a screenful; what a card has beyond this is not looked at.
    static let byteLimit = 1 << 16
    /// Characters of a licence's name.
    static let lengthLimit = 100

    /// The card of the model in `directory`; one that says nothing if there is none.
    init(directory: String) {
        let file = try? MappedFile(path: directory + "/README.md")
        let beginning = file.flatMap { $0.bytes(at: 0, count: min($0.count, Self.byteLimit)) }
        self.init(beginning?.array ?? [])
    }

    /// The card that begins with these bytes.
    init(_ bytes: [UInt8]) {
        let lines = Self.frontMatter(bytes)
        let license = Self.value(of: "license", in: lines)
        self.license = license
        licenseName = license == "other" ? Self.value(of: "license_name", in: lines) : nil
    }

    /// The lines between the dashes, without those that are not UTF-8; none if the card does not begin with dashes, or no
    /// others follow.
    private static func frontMatter(_ bytes: [UInt8]) -> [String] {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .compactMap { String(validating: $0, as: UTF8.self) }
        guard let first = lines.first, isBoundary(first) else { return [] }
        let rest = lines.dropFirst()
        guard let end = rest.firstIndex(where: isBoundary) else { return [] }
        return Array(rest[..<end])
    }

    private static func isBoundary(_ line: String) -> Bool {
        line.hasPrefix("---") && line.trimmingCharacters(in: .whitespacesAndNewlines) == "---"
    }

    private static func value(of key: String, in lines: [String]) -> String? {
        guard let line = lines.first(where: { $0.hasPrefix(key + ":") }) else { return nil }
        let rest = line.dropFirst(key.count + 1)
        guard let space = rest.first, space.isWhitespace else { return nil }
        var text = rest.trimmingCharacters(in: .whitespacesAndNewlines)
        if let quote = text.first, quote == "\"" || quote == "'" {
            guard text.count > 2, text.last == quote else { return nil }
            text = String(text.dropFirst().dropLast())
            guard !text.contains(quote), !text.contains("\\") else { return nil }
        } else if let comment = text.range(of: " #") {
            text = text[..<comment.lowerBound].trimmingCharacters(in: .whitespaces)
        }
        return isName(text) ? text : nil
    }

    /// Whether a text begins like a name, not like a list or a block, is not endless, and has nothing in it that a terminal
    /// would obey.
    private static func isName(_ text: String) -> Bool {
        guard let first = text.first, first.isLetter || first.isNumber else { return false }
        let scalars = text.unicodeScalars
        return scalars.count <= lengthLimit
            && scalars.allSatisfy { scalar in
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: false
                default: true
                }
            }
    }
}
