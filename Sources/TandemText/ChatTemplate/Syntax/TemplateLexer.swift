/// Cuts a template into text and tags, and tags into words.
///
/// Whitespace goes as Jinja's `trim_blocks` and `lstrip_blocks` have it, both of which Hugging Face sets: the newline
/// behind a block or a comment is dropped, and so is the space before one that begins its line. `-` at either end of a
/// tag drops all space on that side, `+` keeps it.
struct TemplateLexer {
    let source: [Unicode.Scalar]
    var position = 0
    var line = 1
    var result: [TemplateToken] = []
    /// Whether what was read last ended with a newline, or nothing was read yet.
    private var isAtLineStart = true

    /// Newlines are read as `\n` whatever their kind, and one at the very end does not count.
    init(_ text: String) {
        var scalars: [Unicode.Scalar] = []
        var previous: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            if scalar == "\r" {
                scalars.append("\n")
            } else if scalar != "\n" || previous != "\r" {
                scalars.append(scalar)
            }
            previous = scalar
        }
        if scalars.last == "\n" { scalars.removeLast() }
        source = scalars
    }

    /// All pieces; the last is `end`.
    mutating func tokens() throws -> [TemplateToken] {
        while let tag = nextTag(from: position) {
            let kind = source[tag + 1]
            if kind == "%", let rawEnd = endOfRawBegin(at: tag) {
                appendText(upTo: tag, sign: sign(at: tag + 2), trimsLineStart: true)
                advance(to: rawEnd)
                try readRaw()
                continue
            }
            let sign = sign(at: tag + 2)
            appendText(upTo: tag, sign: sign, trimsLineStart: kind != "{")
            advance(to: tag + 2 + (sign == nil ? 0 : 1))
            switch kind {
            case "#": try skipComment()
            case "%": try readTag(isBlock: true)
            default: try readTag(isBlock: false)
            }
        }
        appendText(upTo: source.count, sign: "+", trimsLineStart: false)
        result.append(TemplateToken(kind: .end, line: line))
        return result
    }

    func failure(_ message: String) -> ChatTemplateError {
        ChatTemplateError(kind: .syntax, line: line, message: message)
    }

    func scalar(at index: Int) -> Unicode.Scalar? { index < source.count ? source[index] : nil }

    func matches(_ text: String, at index: Int) -> Bool {
        var index = index
        for scalar in text.unicodeScalars {
            guard index < source.count, source[index] == scalar else { return false }
            index += 1
        }
        return true
    }

    /// Moves on, counting lines.
    mutating func advance(to end: Int) {
        guard end > position else { return }
        for scalar in source[position..<end] where scalar == "\n" { line += 1 }
        isAtLineStart = source[end - 1] == "\n"
        position = end
    }

    func endOfSpace(from index: Int) -> Int {
        var index = index
        while index < source.count, source[index].isPythonSpace { index += 1 }
        return index
    }

    private func nextTag(from start: Int) -> Int? {
        var index = start
        while index + 1 < source.count {
            if source[index] == "{" {
                let next = source[index + 1]
                if next == "{" || next == "%" || next == "#" { return index }
            }
            index += 1
        }
        return nil
    }

    private func sign(at index: Int) -> Unicode.Scalar? {
        guard let scalar = scalar(at: index), scalar == "-" || scalar == "+" else { return nil }
        return scalar
    }

    /// Takes the text up to a tag, less the space that the tag's sign or the trimming of lines drops.
    private mutating func appendText(upTo end: Int, sign: Unicode.Scalar?, trimsLineStart: Bool) {
        var kept = end
        if sign == "-" {
            while kept > position, source[kept - 1].isPythonSpace { kept -= 1 }
        } else if sign == nil, trimsLineStart {
            let lineStart = source[position..<end].lastIndex(of: "\n").map { $0 + 1 } ?? position
            if lineStart > position || isAtLineStart, lineStart < end,
                source[lineStart..<end].allSatisfy(\.isPythonSpace)
            {
                kept = lineStart
            }
        }
        if kept > position {
            result.append(TemplateToken(kind: .text(String(source[position..<kept])), line: line))
        }
        advance(to: end)
    }

    /// The end of a tag's closing mark, which stands at `index` with or without a sign; nil where none stands there.
    func endOfClosing(_ mark: String, at index: Int, trimsNewline: Bool) -> Int? {
        if matches("-" + mark, at: index) { return endOfSpace(from: index + 3) }
        if trimsNewline, matches("+" + mark, at: index) { return index + 3 }
        guard matches(mark, at: index) else { return nil }
        return trimsNewline && scalar(at: index + 2) == "\n" ? index + 3 : index + 2
    }

    private mutating func skipComment() throws {
        var index = position
        while index < source.count {
            if let end = endOfClosing("#}", at: index, trimsNewline: true) {
                advance(to: end)
                return
            }
            index += 1
        }
        throw failure("the comment that begins here is never closed")
    }

    /// Behind `{% raw %}`, where the tag at `tag` is one.
    private func endOfRawBegin(at tag: Int) -> Int? {
        let name = endOfSpace(from: tag + 2 + (sign(at: tag + 2) == nil ? 0 : 1))
        guard matches("raw", at: name) else { return nil }
        return endOfClosing("%}", at: endOfSpace(from: name + 3), trimsNewline: false)
    }

    private mutating func readRaw() throws {
        var index = position
        while index < source.count {
            if matches("{%", at: index) {
                let sign = sign(at: index + 2)
                let name = endOfSpace(from: index + 2 + (sign == nil ? 0 : 1))
                if matches("endraw", at: name),
                    let end = endOfClosing("%}", at: endOfSpace(from: name + 6), trimsNewline: true)
                {
                    appendText(upTo: index, sign: sign, trimsLineStart: true)
                    advance(to: end)
                    return
                }
            }
            index += 1
        }
        throw failure("the raw block that begins here is never closed")
    }
}
