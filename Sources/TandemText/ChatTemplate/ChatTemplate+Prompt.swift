extension ChatTemplate {
    /// Renders a conversation and remembers which names of special tokens its messages, tools and documents contain.
    ///
    /// - Parameters:
    ///   - input: What the template reads.
    ///   - names: The texts of all special tokens (``Tokenizer/specialTokenTexts``).
    /// - Throws: ``ChatTemplateError``; of the kind `refused` where the template calls `raise_exception`.
    public func prompt(_ input: Input, specialTokens names: [String]) throws -> PromptText {
        var guarding = NameGuard(names)
        guarding.look(at: .string(source))
        guarding.look(at: .dictionary(input.extra))
        for message in input.messages { guarding.look(at: message.templateValue) }
        for value in (input.tools ?? []) + (input.documents ?? []) { guarding.look(at: value) }
        // Almost always: then the template sees what it would have seen anyway.
        guard guarding.hasFoundName else { return PromptText(try render(input)) }
        var guarded = input
        guarded.messages = try input.messages.map { try ChatMessage(guarding.marked($0.templateValue)) }
        guarded.tools = input.tools?.map(guarding.marked)
        guarded.documents = input.documents?.map(guarding.marked)
        return guarding.release(try render(guarded))
    }
}

/// Marks the names of special tokens in what people wrote, so that they can be found again in what a template made of it.
///
/// The mark is put after the first character of a name. It is a code point that stands for nothing and is for such
/// uses (U+FDD0), as often in a row as nothing else has it.
private struct NameGuard {
    private let names: [UInt8: [[UInt8]]]
    private(set) var hasFoundName = false
    private var longestRun = 0
    private static let mark: [UInt8] = [0xEF, 0xB7, 0x90]
    private var seam: [UInt8] { Array((0...longestRun).map { _ in Self.mark }.joined()) }

    init(_ names: [String]) {
        let all = names.map { Array($0.utf8) }.filter { !$0.isEmpty }
        self.names = Dictionary(grouping: all) { $0[0] }
    }

    /// Takes note of what a value's texts hold.
    mutating func look(at value: TemplateValue) {
        switch value {
        case .string(let text):
            let bytes = Array(text.utf8)
            longestRun = max(longestRun, Self.longestRun(bytes))
            hasFoundName = hasFoundName || bytes.indices.contains { isName(bytes, at: $0) }
        case .list(let values): for value in values { look(at: value) }
        case .dictionary(let values): for entry in values.entries { look(at: entry.value) }
        case .none, .bool, .int, .float: break
        }
    }

    /// The same with all names marked.
    func marked(_ value: TemplateValue) -> TemplateValue {
        switch value {
        case .string(let text): .string(marked(text))
        case .list(let values): .list(values.map(marked))
        case .dictionary(let values):
            .dictionary(TemplateDictionary(values.entries.map { ($0.key, marked($0.value)) }))
        case .none, .bool, .int, .float: value
        }
    }

    private func marked(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var place = 0
        while place < bytes.count {
            let isName = isName(bytes, at: place)
            // A whole character: a mark inside one would be none.
            repeat {
                result.append(bytes[place])
                place += 1
            } while place < bytes.count && bytes[place] & 0xC0 == 0x80
            if isName { result += seam }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The text without marks, and where they stood.
    func release(_ text: String) -> PromptText {
        let bytes = Array(text.utf8)
        let seam = seam
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var seams: [Int] = []
        var place = 0
        while place < bytes.count {
            if bytes[place] == seam[0], bytes[place...].starts(with: seam) {
                seams.append(result.count)
                place += seam.count
            } else {
                result.append(bytes[place])
                place += 1
            }
        }
        return PromptText(String(decoding: result, as: UTF8.self), seams: seams)
    }

    private func isName(_ bytes: [UInt8], at place: Int) -> Bool {
        names[bytes[place]]?.contains { bytes[place...].starts(with: $0) } ?? false
    }

    private static func longestRun(_ bytes: [UInt8]) -> Int {
        var (longest, run, place) = (0, 0, 0)
        while place < bytes.count {
            if bytes[place] == mark[0], bytes[place...].starts(with: mark) {
                run += 1
                place += mark.count
            } else {
                run = 0
                place += 1
            }
            longest = max(longest, run)
        }
        return longest
    }
}
