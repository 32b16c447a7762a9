/// Finds added tokens in a text: leftmost first, the longest where several begin together.
///
/// A trie, stored as arrays: each node has its byte, its first child and its next sibling. Most texts contain few bytes
/// that begin a token at all, so a table of first bytes lets the search run over the rest.
struct AddedTokenMatcher: Sendable {
    /// A piece of the text.
    enum Part {
        /// Ordinary text.
        case text(Range<Int>)
        /// An added token.
        case token(Int)
    }

    private struct Node: Sendable {
        let byte: UInt8
        var firstChild: Int32 = -1
        var nextSibling: Int32 = -1
        /// Which of the tokens ends here, or -1.
        var token: Int32 = -1
    }

    private let tokens: [AddedToken]
    private let nodes: [Node]
    /// For each first byte the node that it leads to, or -1.
    private let roots: [Int32]

    /// A matcher for the given patterns; none is empty. Of two equal patterns the later one counts.
    init(_ patterns: [(bytes: [UInt8], token: AddedToken)]) {
        var nodes: [Node] = []
        var roots = [Int32](repeating: -1, count: 256)
        for (index, pattern) in patterns.enumerated() {
            guard let first = pattern.bytes.first else { continue }
            if roots[Int(first)] < 0 {
                roots[Int(first)] = Int32(nodes.count)
                nodes.append(Node(byte: first))
            }
            var node = Int(roots[Int(first)])
            for byte in pattern.bytes.dropFirst() {
                var child = nodes[node].firstChild
                while child >= 0, nodes[Int(child)].byte != byte { child = nodes[Int(child)].nextSibling }
                if child < 0 {
                    child = Int32(nodes.count)
                    var new = Node(byte: byte)
                    new.nextSibling = nodes[node].firstChild
                    nodes.append(new)
                    nodes[node].firstChild = child
                }
                node = Int(child)
            }
            nodes[node].token = Int32(index)
        }
        tokens = patterns.map(\.token)
        self.nodes = nodes
        self.roots = roots
    }

    /// Calls `body` with the parts of `text[range]` in order.
    ///
    /// Where special tokens are literal, their names are passed over as text, and other added tokens are still found.
    func forEachPart(
        of text: [UInt8], in range: Range<Int>, specialTokens: SpecialTokenHandling, _ body: (Part) -> Void
    ) {
        var start = range.lowerBound
        var position = range.lowerBound
        if nodes.isEmpty { position = range.upperBound }
        while position < range.upperBound {
            guard roots[Int(text[position])] >= 0, let (token, end) = longestMatch(text, position, range.upperBound)
            else {
                position += 1
                continue
            }
            if token.isSpecial && specialTokens.isLiteral(position..<end)
                || token.isSingleWord && !standsAlone(text, position..<end, in: range)
            {
                position = end
                continue
            }
            // White space that an earlier token has taken is no longer there to take.
            let taken = token.stripsLeft ? WhiteSpace.start(text, endingAt: position, from: start) : position
            if start < taken { body(.text(start..<taken)) }
            body(.token(token.id))
            start = token.stripsRight ? WhiteSpace.end(text, startingAt: end, to: range.upperBound) : end
            position = start
        }
        if start < range.upperBound { body(.text(start..<range.upperBound)) }
    }

    private func longestMatch(_ text: [UInt8], _ start: Int, _ end: Int) -> (AddedToken, Int)? {
        var node = roots[Int(text[start])]
        var position = start + 1
        var found: (AddedToken, Int)?
        while node >= 0 {
            if nodes[Int(node)].token >= 0 { found = (tokens[Int(nodes[Int(node)].token)], position) }
            guard position < end else { break }
            var child = nodes[Int(node)].firstChild
            while child >= 0, nodes[Int(child)].byte != text[position] { child = nodes[Int(child)].nextSibling }
            node = child
            position += 1
        }
        return found
    }

    /// Whether no word character touches the match.
    private func standsAlone(_ text: [UInt8], _ match: Range<Int>, in range: Range<Int>) -> Bool {
        let before = String(decoding: text[range.lowerBound..<match.lowerBound].suffix(4), as: UTF8.self)
        let after = String(decoding: text[match.upperBound..<range.upperBound].prefix(4), as: UTF8.self)
        return !(before.unicodeScalars.last.map(Self.isWord) ?? false)
            && !(after.unicodeScalars.first.map(Self.isWord) ?? false)
    }

    /// `\w` as Unicode's annex 18 defines it.
    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        let properties = scalar.properties
        if properties.isAlphabetic || properties.isJoinControl { return true }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: return true
        default: return false
        }
    }
}

/// White space at the edges of a match.
private enum WhiteSpace {
    /// Where the white space that begins at `start` ends.
    static func end(_ text: [UInt8], startingAt start: Int, to end: Int) -> Int {
        let reader = CharacterReader(text)
        var position = start
        while position < end {
            let (kind, next) = reader.read(position)
            guard kind == .whitespace else { break }
            position = next
        }
        return position
    }

    /// Where the white space that ends at `end` begins.
    static func start(_ text: [UInt8], endingAt end: Int, from start: Int) -> Int {
        let reader = CharacterReader(text)
        var position = end
        while position > start {
            var previous = position - 1
            while previous > start, text[previous] & 0xC0 == 0x80 { previous -= 1 }
            guard reader.read(previous).kind == .whitespace else { break }
            position = previous
        }
        return position
    }
}
