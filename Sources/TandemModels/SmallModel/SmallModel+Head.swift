import TandemMath

/// From final states to logits.
extension SmallModel {
    /// A vocabulary for one conversation's own tokens; nil if there is nothing that it could add: the head has a row for every
    /// token, or rows of its own, of which there are none for other tokens.
    public func makeDynamicVocabulary(limit: Int = 1_024) -> DynamicVocabulary? {
        guard let headSource, configuration.draftTokens != nil else { return nil }
        return DynamicVocabulary(vocabulary, head: headSource, limit: limit)
    }

    /// Makes the logits that were asked for, and returns each span's rows of them.
    func project(_ spans: [SmallSpan], _ rows: LogitRows, scratch: SmallScratch, pool: ComputePool) -> [Range<Int>] {
        let selected = scratch.selected
        var spanRows: [Range<Int>] = []
        var origins: [Int] = []
        var (first, count) = (0, 0)
        for span in spans {
            let range = rows.range(count: span.tokens.count)
            origins += range.map { first + $0 }
            spanRows.append(count..<count + range.count)
            first += span.tokens.count
            count += range.count
        }
        selected.resize(rows: count)
        for (row, origin) in origins.enumerated() {
            selected.values.copyRows(1, from: scratch.hidden.values, at: origin, to: row)
        }
        let extraCount = spans.reduce(0) { max($0, $1.extra?.tokens.count ?? 0) }
        let logits = scratch.prepareLogits(rows: count, extraColumns: extraCount)
        guard count > 0 else { return spanRows }
        let extra = zip(spans, spanRows).compactMap { span, rows -> WeightProduct? in
            guard let vocabulary = span.extra, let weight = vocabulary.rows.matrix, !rows.isEmpty else { return nil }
            precondition(vocabulary.staticCount == self.vocabulary.count, "The vocabulary is another model's.")
            return WeightProduct(weight, into: logits, column: self.vocabulary.count, rows: rows)
        }
        if extraCount > 0 {
            for (span, rows) in zip(spans, spanRows) {
                let used = self.vocabulary.count + (span.extra?.tokens.count ?? 0)
                for row in rows { logits.fill(row: row, columns: used..<logits.columns, with: -.infinity) }
            }
        }
        if head.isQuantized || extra.contains(where: \.weight.isQuantized) { selected.quantize(pool: pool) }
        multiplyHead(selected, extra, into: logits, scratch: scratch, pool: pool)
        return spanRows
    }

    private func multiplyHead(
        _ selected: ActivationRows, _ extra: [WeightProduct], into logits: Matrix, scratch: SmallScratch,
        pool: ComputePool
    ) {
        switch head {
        case .packed(let weight): Kernels.multiply(selected, [WeightProduct(weight, into: logits)] + extra, pool: pool)
        case .dense where logits === scratch.logits: head.multiply(selected, into: logits, pool: pool)
        case .dense:
            scratch.logits.resize(rows: selected.values.rows)
            head.multiply(selected, into: scratch.logits, pool: pool)
            logits.copyColumns(from: scratch.logits)
            Kernels.multiply(selected, extra, pool: pool)
        }
    }
}
