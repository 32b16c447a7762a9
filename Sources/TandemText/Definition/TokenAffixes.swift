/// With which tokens others begin, or end: for each the longest shorter one. That one's own leads on, so that a token's
/// chain has all of them.
///
/// Looking up every beginning of a token by itself would take the square of its length, and a file may hold a token of any
/// length. In the order of their texts, however, all that begin with a token stand behind it side by side, so that one pass
/// finds every chain.
struct TokenAffixes {
    /// The end of a text that is looked at.
    enum Side {
        case beginning
        case end
    }

    /// For each token the next of its chain, or -1.
    private let links: [Int32]

    /// Finds the chains of `candidates`.
    ///
    /// - Parameters:
    ///   - side: Whether chains are of what stands at the beginning or at the end.
    ///   - candidates: Tokens with a text.
    ///   - isLink: For each token whether chains lead to it. No two that are links have the same text; all are candidates.
    ///   - tokens: The texts of all tokens.
    init(_ side: Side, of candidates: [Int], isLink: [Bool], in tokens: StringTable) {
        let bytes = tokens.bytes
        /// The place of a byte, counted from the side that is looked at.
        func place(_ offset: Int, _ range: Range<Int>) -> Int {
            switch side {
            case .beginning: range.lowerBound + offset
            case .end: range.upperBound - 1 - offset
            }
        }
        func commonCount(_ first: Range<Int>, _ second: Range<Int>) -> Int {
            let limit = min(first.count, second.count)
            var count = 0
            while count < limit, bytes[place(count, first)] == bytes[place(count, second)] { count += 1 }
            return count
        }
        let order = candidates.sorted { one, other in
            let (first, second) = (tokens.range(one), tokens.range(other))
            let count = commonCount(first, second)
            guard count < min(first.count, second.count) else { return first.count < second.count }
            return bytes[place(count, first)] < bytes[place(count, second)]
        }
        var links = [Int32](repeating: -1, count: tokens.count)
        /// The links that the present token may begin with, the shortest first.
        var pending: [Int] = []
        for token in order {
            let range = tokens.range(token)
            while let last = pending.last, case let link = tokens.range(last), commonCount(link, range) < link.count {
                pending.removeLast()
            }
            // One with the same text is not shorter.
            let isShorter = pending.last.map { tokens.range($0).count < range.count } ?? true
            if let link = isShorter ? pending.last : pending.dropLast().last { links[token] = Int32(link) }
            if isLink[token] { pending.append(token) }
        }
        self.links = links
    }

    /// The longest shorter token with which `token` begins, or ends.
    subscript(token: Int) -> Int? { links[token] < 0 ? nil : Int(links[token]) }
}
