/// The tokens of a definition under construction, with the index over those that merging can produce.
struct IndexedVocabulary {
    let tokens: StringTable
    let kinds: [TokenKind]
    let index: ByteStringIndex
    let byteTokens: [Int32]

    /// Indexes `tokens`.
    ///
    /// - Parameters:
    ///   - kinds: One for each token. Normal tokens must differ from each other; user-defined ones are indexed where no
    ///     normal token has their text; the others cannot come from merging.
    ///   - unreachable: Normal tokens whose text no merging can produce.
    ///   - hasByteTokens: Whether single bytes are tokens of kind `byte`; else they are those normal tokens that consist
    ///     of one byte.
    init(tokens: StringTable, kinds: [TokenKind], unreachable: Set<Int>, hasByteTokens: Bool) throws {
        let count = tokens.count
        guard count > 0, count <= TokenizerDefinition.maximumCount else {
            throw TokenizerError.invalid(
                place: "its vocabulary",
                reason: "has \(count) tokens; 1 to \(TokenizerDefinition.maximumCount) are possible")
        }
        var index = ByteStringIndex(capacity: count)
        var byteTokens = [Int32](repeating: -1, count: 256)
        var userDefined: [Int] = []
        for token in 0..<count {
            let range = tokens.range(token)
            switch kinds[token] {
            case .normal:
                guard !range.isEmpty, unreachable.isEmpty || !unreachable.contains(token) else { continue }
                if let other = index.insert(token, of: tokens) {
                    throw TokenizerError.invalid(
                        place: "its token \(token)",
                        reason: "has the same text as token \(other), \"\(tokens.string(other))\"")
                }
                if !hasByteTokens, range.count == 1 { byteTokens[Int(tokens.bytes[range.lowerBound])] = Int32(token) }
            case .userDefined:
                if !range.isEmpty { userDefined.append(token) }
            case .byte where hasByteTokens && range.count == 1:
                let byte = Int(tokens.bytes[range.lowerBound])
                guard byteTokens[byte] < 0 else {
                    throw TokenizerError.invalid(
                        place: "its byte token \(token)", reason: "is the same byte as token \(byteTokens[byte])")
                }
                byteTokens[byte] = Int32(token)
            case .byte, .unknown, .control, .unused: break
            }
        }
        for token in userDefined where !unreachable.contains(token) {
            // Equal text means that the normal token is the one that merging makes; this one is recognised before it.
            _ = index.insert(token, of: tokens)
        }
        self.tokens = tokens
        self.kinds = kinds
        self.index = index
        self.byteTokens = byteTokens
    }

    /// The byte that a token text like `<0x0A>` names.
    static func byte(named text: ArraySlice<UInt8>) -> UInt8? {
        guard text.count == 6, text.starts(with: "<0x".utf8), text.last == UInt8(ascii: ">") else { return nil }
        var value: UInt8 = 0
        for digit in text.dropFirst(3).prefix(2) {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | (digit - UInt8(ascii: "0"))
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | (digit - UInt8(ascii: "A") + 10)
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | (digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }
}

// MARK: - Merges

extension IndexedVocabulary {
    /// Resolves merges that are given as text.
    ///
    /// - Parameters:
    ///   - text: The array that the halves are ranges of.
    ///   - halves: The two halves of merge number `n`, or `nil` where it has not two.
    ///   - decode: Appends the bytes that a half stands for; `false` if it stands for none.
    func resolveMerges(
        count: Int, text: [UInt8], halves: (Int) -> (Range<Int>, Range<Int>)?,
        decode: ([UInt8], Range<Int>, inout [UInt8]) -> Bool
    ) throws -> [TokenizerDefinition.Merge] {
        guard count <= 4 * TokenizerDefinition.maximumCount else {
            throw TokenizerError.invalid(place: "its list of merges", reason: "has \(count) entries, which is too long")
        }
        var merges: [TokenizerDefinition.Merge] = []
        merges.reserveCapacity(count)
        var scratch: [UInt8] = []
        for number in 0..<count {
            guard let (first, second) = halves(number) else {
                throw TokenizerError.invalid(
                    place: "its merge \(number)", reason: "is not two tokens with one space between them")
            }
            scratch.removeAll(keepingCapacity: true)
            var left: Int?
            var right: Int?
            var result: Int?
            if decode(text, first, &scratch) {
                let middle = scratch.count
                left = index.find(scratch, 0..<middle, in: tokens)
                if decode(text, second, &scratch) {
                    right = index.find(scratch, middle..<scratch.count, in: tokens)
                    result = index.find(scratch, 0..<scratch.count, in: tokens)
                }
            }
            guard let left, let right, let result else {
                let names = [first, second].map { String(decoding: text[$0], as: UTF8.self) }
                let missing = left == nil ? names[0] : right == nil ? names[1] : names.joined()
                throw TokenizerError.invalid(
                    place: "its merge \(number), \"\(names[0])\" with \"\(names[1])\",",
                    reason: "needs the token \"\(missing)\", which is not in the vocabulary")
            }
            merges.append(
                TokenizerDefinition.Merge(
                    left: Int32(left), right: Int32(right), result: Int32(result), rank: UInt32(number)))
        }
        return merges
    }

    /// Derives merges from scores, as SentencePiece defines them: any two neighbours whose union is a token may merge, the
    /// highest score first.
    func deriveMerges(scores: [Float]) -> [TokenizerDefinition.Merge] {
        let pieces = (0..<tokens.count).filter { kinds[$0] == .normal || kinds[$0] == .userDefined }
        let texts = pieces.filter { !tokens.range($0).isEmpty }
        var isHalf = [Bool](repeating: false, count: tokens.count)
        for token in texts { isHalf[token] = index.find(tokens.bytes, tokens.range(token), in: tokens) == token }
        let beginnings = TokenAffixes(.beginning, of: texts, isLink: isHalf, in: tokens)
        let ends = TokenAffixes(.end, of: texts, isLink: isHalf, in: tokens)
        var merges: [TokenizerDefinition.Merge] = []
        merges.reserveCapacity(tokens.count * 2)
        var rank: UInt32 = 0
        var previous: Float?
        for token in pieces.sorted(by: { scores[$0] == scores[$1] ? $0 < $1 : scores[$0] > scores[$1] }) {
            if let previous, previous != scores[token] { rank += 1 }
            previous = scores[token]
            for (left, right) in halves(of: token, beginnings, ends) {
                merges.append(
                    TokenizerDefinition.Merge(
                        left: Int32(left), right: Int32(right), result: Int32(token), rank: rank))
            }
        }
        return merges
    }

    /// The pairs of tokens that have a token's text together, the shortest left one first.
    private func halves(
        of token: Int, _ beginnings: TokenAffixes, _ ends: TokenAffixes
    ) -> [(left: Int, right: Int)] {
        var lefts: [Int] = []
        var beginning = beginnings[token]
        while let left = beginning {
            lefts.append(left)
            beginning = beginnings[left]
        }
        let range = tokens.range(token)
        var pairs: [(left: Int, right: Int)] = []
        var end = ends[token]
        for left in lefts.reversed() {
            let middle = range.lowerBound + tokens.range(left).count
            let restCount = range.upperBound - middle
            while let right = end, tokens.range(right).count > restCount { end = ends[right] }
            guard let right = end else { break }
            // Characters are not cut.
            guard tokens.range(right).count == restCount, tokens.bytes[middle] & 0xC0 != 0x80 else { continue }
            pairs.append((left, right))
        }
        return pairs
    }
}
