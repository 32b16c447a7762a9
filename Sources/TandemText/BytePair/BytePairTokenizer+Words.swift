extension BytePairTokenizer {
    /// Encodes text that contains no added tokens and is normalised.
    ///
    /// - Parameter isFirst: Whether the text that is being encoded begins with this part of it.
    func encodeWords(
        _ text: [UInt8], _ range: Range<Int>, isFirst: Bool, state: inout EncoderState, output: inout [Int]
    ) {
        let space = UInt8(ascii: " ")
        let startsWithSpace = text[range.lowerBound] == space
        let addsSpace: Bool
        switch definition.model {
        case .byteLevel(let rules): addsSpace = rules.addsPrefixSpace && !startsWithSpace
        case .sentencePiece(let rules):
            switch rules.prefixSpace {
            // With `always` the space is part of normalisation and is there already.
            case .never, .always: addsSpace = false
            case .alwaysUnlessPresent: addsSpace = !startsWithSpace
            case .firstUnlessPresent: addsSpace = isFirst && !startsWithSpace
            }
        }
        let text = addsSpace ? [space] + text[range] : text
        let range = addsSpace ? 0..<text.count : range
        switch definition.model {
        case .byteLevel(let rules):
            encodeByteLevel(text, range, rules, state: &state, output: &output)
        case .sentencePiece(let rules):
            encodeSentencePiece(text, range, rules, state: &state, output: &output)
        }
    }

    private func encodeByteLevel(
        _ text: [UInt8], _ range: Range<Int>, _ rules: ByteLevelRules, state: inout EncoderState, output: inout [Int]
    ) {
        let scanner = WordScanner(rules.preTokenizer)
        let reader = CharacterReader(text)
        var start = range.lowerBound
        while start < range.upperBound {
            let end = scanner.wordEnd(reader, from: start, to: range.upperBound)
            let word = start..<end
            start = end
            if word.count <= WordCache.longestWord {
                let key = WordCache.Key(text, word)
                if state.cache.append(key, to: &output) { continue }
                mergeBytes(text, word, ignoresMerges: rules.ignoresMerges, &state.merger)
                state.cache.insert(key, state.merger.symbols)
            } else {
                mergeBytes(text, word, ignoresMerges: rules.ignoresMerges, &state.merger)
            }
            for symbol in state.merger.symbols { output.append(Int(symbol)) }
        }
    }

    /// Leaves the tokens of a word in the merger. A byte that has no token becomes the unknown token or, without one,
    /// nothing.
    private func mergeBytes(_ text: [UInt8], _ word: Range<Int>, ignoresMerges: Bool, _ merger: inout BytePairMerger) {
        merger.symbols.removeAll(keepingCapacity: true)
        if ignoresMerges, let whole = definition.index.find(text, word, in: definition.tokens) {
            merger.symbols.append(Int32(whole))
            return
        }
        for position in word {
            let token = definition.byteTokens[Int(text[position])]
            if token >= 0 {
                merger.symbols.append(token)
            } else if let unknown = definition.unknown {
                merger.symbols.append(Int32(unknown))
            }
        }
        merger.merge(mergeTable)
    }

    private func encodeSentencePiece(
        _ text: [UInt8], _ range: Range<Int>, _ rules: SentencePieceRules, state: inout EncoderState,
        output: inout [Int]
    ) {
        let space = UInt8(ascii: " ")
        var start = range.lowerBound
        while start < range.upperBound {
            var end = start + 1
            if rules.splitsAtEverySpace {
                while end < range.upperBound, text[end] != space { end += 1 }
            } else if canCutAtSpaces {
                while end < range.upperBound, text[end] != space || text[end - 1] == space { end += 1 }
            } else {
                end = range.upperBound
            }
            let word = start..<end
            start = end
            if word.count <= WordCache.longestWord {
                let key = WordCache.Key(text, word)
                if state.cache.append(key, to: &output) { continue }
                mergeCharacters(text, word, rules, &state.merger)
                state.cache.insert(key, state.merger.symbols)
            } else {
                mergeCharacters(text, word, rules, &state.merger)
            }
            for symbol in state.merger.symbols { output.append(Int(symbol)) }
        }
    }

    /// Leaves the tokens of a stretch of characters in the merger.
    private func mergeCharacters(
        _ text: [UInt8], _ word: Range<Int>, _ rules: SentencePieceRules, _ merger: inout BytePairMerger
    ) {
        merger.symbols.removeAll(keepingCapacity: true)
        var position = word.lowerBound
        var endsWithUnknown = false
        while position < word.upperBound {
            let character = position..<min(position + CharacterReader.length(lead: text[position]), word.upperBound)
            position = character.upperBound
            if let token = definition.index.find(text, character, in: definition.tokens) {
                merger.symbols.append(Int32(token))
                endsWithUnknown = false
            } else if rules.fallsBackToBytes, character.allSatisfy({ definition.byteTokens[Int(text[$0])] >= 0 }) {
                for byte in character { merger.symbols.append(definition.byteTokens[Int(text[byte])]) }
                endsWithUnknown = false
            } else if let unknown = definition.unknown, !(endsWithUnknown && rules.fusesUnknown) {
                merger.symbols.append(Int32(unknown))
                endsWithUnknown = true
            }
        }
        merger.merge(mergeTable)
    }
}
