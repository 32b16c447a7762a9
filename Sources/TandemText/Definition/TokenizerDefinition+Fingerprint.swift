extension TokenizerDefinition {
    /// A hash of all that decides which tokens a text has.
    ///
    /// Numbers without a text are left out: GGUF files have them to fill up the embedding, and `tokenizer.json` files of
    /// the same model have not.
    var fingerprint: String {
        var hash = StableHash()
        model.combine(into: &hash)
        for token in 0..<tokens.count where kinds[token] != .unused && !tokens.range(token).isEmpty {
            hash.combine(token)
            hash.combine(tokens[token])
        }
        for merge in merges {
            hash.combine(Int(merge.left))
            hash.combine(Int(merge.right))
            hash.combine(Int(merge.rank))
        }
        for token in addedTokens.sorted(by: { $0.id < $1.id }) {
            hash.combine(token.id)
            hash.combine(token.text.utf8)
            for flag in [token.isSpecial, token.isNormalized, token.stripsLeft, token.stripsRight, token.isSingleWord] {
                hash.combine(flag ? 1 : 0)
            }
        }
        hash.combine(addsBeginningOfText ? beginningOfText ?? -1 : -1)
        return hash.text
    }

    /// Whether no token has a space after anything but a space.
    ///
    /// Then no merge reaches across such a place, and what is on both sides of it can be encoded separately.
    var mergesKeepSpacesFirst: Bool {
        let space = UInt8(ascii: " ")
        let bytes = tokens.bytes
        var seen: Int32 = -1
        // All merges that make a token may stand together; it is looked at once.
        for merge in merges where merge.result != seen {
            seen = merge.result
            let range = tokens.range(Int(merge.result))
            for position in range.dropFirst() where bytes[position] == space && bytes[position - 1] != space {
                return false
            }
        }
        return true
    }
}

extension TokenizerDefinition.Model {
    fileprivate func combine(into hash: inout StableHash) {
        switch self {
        case .byteLevel(let rules):
            hash.combine("byte level".utf8)
            hash.combine(rules.preTokenizer.rawValue.utf8)
            for flag in [rules.addsPrefixSpace, rules.ignoresMerges, rules.composesCharacters] {
                hash.combine(flag ? 1 : 0)
            }
        case .sentencePiece(let rules):
            hash.combine("sentence piece".utf8)
            hash.combine(rules.prefixSpace.rawValue.utf8)
            for flag in [rules.splitsAtEverySpace, rules.fallsBackToBytes, rules.fusesUnknown] {
                hash.combine(flag ? 1 : 0)
            }
        }
    }
}
