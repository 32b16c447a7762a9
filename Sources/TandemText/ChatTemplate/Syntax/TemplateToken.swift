/// A piece of a template's source, with the line on which it begins.
struct TemplateToken: Equatable, Sendable {
    enum Kind: Equatable, Sendable {
        /// Text outside of tags, already trimmed.
        case text(String)
        /// `{{`
        case outputBegin
        /// `}}`
        case outputEnd
        /// `{%`
        case blockBegin
        /// `%}`
        case blockEnd
        case name(String)
        case string(String)
        case integer(Int)
        case float(Double)
        case symbol(String)
        /// Behind the last piece.
        case end
    }

    let kind: Kind
    let line: Int

    /// What messages call it.
    var description: String {
        switch kind {
        case .text: "text"
        case .outputBegin: "'{{'"
        case .outputEnd: "'}}'"
        case .blockBegin: "'{%'"
        case .blockEnd: "'%}'"
        case .name(let name): "'\(name)'"
        case .string: "a string"
        case .integer(let value): "'\(value)'"
        case .float(let value): "'\(value)'"
        case .symbol(let symbol): "'\(symbol)'"
        case .end: "the end of the template"
        }
    }
}
