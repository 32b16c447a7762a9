/// Who a token of an answer comes from, as it is shown.
enum TokenOrigin: CaseIterable, Sendable {
    /// The large model chose it afresh.
    case large
    /// A small model guessed it, and it stood.
    case model
    /// It was said before, and it stood.
    case lookup
}

/// Makes visible where each token of an answer came from.
///
/// On a terminal by colours, or, where those are not wanted, by underlining; elsewhere by marks around the tokens, so that
/// a pipe or a file has them too.
struct DraftPainter: Sendable {
    /// By what tokens are told apart.
    enum Style: Sendable { case colours, underlines, marks }

    private let style: Style
    /// Marks stay open until another origin begins.
    private var open = TokenOrigin.large

    init(_ style: Style) { self.style = style }

    /// What suits `terminal`.
    init(for terminal: Terminal) {
        self.init(!terminal.isInteractive ? .marks : terminal.hasColours ? .colours : .underlines)
    }

    /// The text of some tokens, made visible.
    ///
    /// - Parameters:
    ///   - tokens: Text of each and where it comes from.
    ///   - text: All the text, which may end with something that was held back from earlier tokens.
    mutating func paint(_ tokens: [(text: String, origin: TokenOrigin)], in text: String) -> String {
        var result = ""
        var rest = text[...]
        for token in tokens where !token.text.isEmpty && rest.hasPrefix(token.text) {
            result += painted(token.text, token.origin)
            rest = rest.dropFirst(token.text.count)
        }
        return rest.isEmpty ? result : result + painted(String(rest), .large)
    }

    /// What must follow the last token.
    mutating func end() -> String {
        defer { open = .large }
        return style == .marks ? Self.marks(open).1 : ""
    }

    private mutating func painted(_ text: String, _ origin: TokenOrigin) -> String {
        switch style {
        case .colours, .underlines:
            let code = style == .colours ? Self.colour(origin) : Self.line(origin)
            return code.isEmpty ? text : "\u{1B}[\(code)m\(text)\u{1B}[0m"
        case .marks:
            guard origin != open else { return text }
            defer { open = origin }
            return Self.marks(open).1 + Self.marks(origin).0 + text
        }
    }

    /// What the looks mean, in a line.
    ///
    /// - Parameter origins: Those that can occur.
    func legend(_ origins: [TokenOrigin]) -> String {
        let parts = origins.map { origin in
            var painter = DraftPainter(style)
            return painter.painted(Self.name(origin), origin) + painter.end()
        }
        return parts.joined(separator: "   ")
    }

    private static func name(_ origin: TokenOrigin) -> String {
        switch origin {
        case .large: "the large model's own"
        case .model: "drafted and kept"
        case .lookup: "looked up and kept"
        }
    }

    private static func colour(_ origin: TokenOrigin) -> String {
        switch origin {
        case .large: ""
        case .model: "32"
        case .lookup: "33"
        }
    }

    private static func line(_ origin: TokenOrigin) -> String {
        switch origin {
        case .large: ""
        case .model: "4"
        case .lookup: "1;4"
        }
    }

    private static func marks(_ origin: TokenOrigin) -> (String, String) {
        switch origin {
        case .large: ("", "")
        case .model: ("⟦", "⟧")
        case .lookup: ("⟪", "⟫")
        }
    }
}
