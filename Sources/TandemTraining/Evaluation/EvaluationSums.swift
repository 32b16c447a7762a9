import TandemMath
import TandemModels

/// What is counted at one place in a block, within a document.
struct PlaceSums {
    var count = 0
    var labelled = 0
    var surprise = 0.0
    var largeSurprise = 0.0
    var correct = 0
    var agreeing = 0
    var overlap = 0.0
    var coupled = 0
    var second = 0

    mutating func add(_ outcome: RowOutcome) {
        count += 1
        if let surprises = outcome.surprises {
            labelled += 1
            surprise += surprises.small
            largeSurprise += surprises.large
        }
        if outcome.isCorrect { correct += 1 }
        if outcome.isAgreeing { agreeing += 1 }
        overlap += outcome.overlap
        if outcome.isCoupled { coupled += 1 }
        if outcome.isSecond { second += 1 }
    }

    static func += (sums: inout PlaceSums, other: PlaceSums) {
        sums.count += other.count
        sums.labelled += other.labelled
        sums.surprise += other.surprise
        sums.largeSurprise += other.largeSurprise
        sums.correct += other.correct
        sums.agreeing += other.agreeing
        sums.overlap += other.overlap
        sums.coupled += other.coupled
        sums.second += other.second
    }
}

/// How one prediction came out.
struct RowOutcome {
    /// −ln of the next token's probability in both models, among what can be drafted; nil if it cannot be.
    var surprises: (small: Double, large: Double)?
    var isCorrect: Bool
    var isAgreeing: Bool
    var overlap: Double
    var isCoupled: Bool
    /// Whether the large model's most probable token is the second most probable one here.
    var isSecond: Bool
}

/// Documents' sums at one place in a block, on the way to means.
struct PlaceMeans {
    private var accuracy = ClusteredMean()
    private var crossEntropy = ClusteredMean()
    private var largeCrossEntropy = ClusteredMean()
    private var agreement = ClusteredMean()
    private var overlap = ClusteredMean()
    private var coupled = ClusteredMean()
    private var second = ClusteredMean()

    mutating func add(_ sums: PlaceSums) {
        accuracy.add(sum: Double(sums.correct), count: sums.count)
        crossEntropy.add(sum: sums.surprise, count: sums.labelled)
        largeCrossEntropy.add(sum: sums.largeSurprise, count: sums.labelled)
        agreement.add(sum: Double(sums.agreeing), count: sums.count)
        overlap.add(sum: sums.overlap, count: sums.count)
        coupled.add(sum: Double(sums.coupled), count: sums.count)
        second.add(sum: Double(sums.second), count: sums.count - sums.agreeing)
    }

    func prediction(samples: Bool) -> EvaluationReport.Prediction {
        let none = Estimate(value: 0, error: nil)
        return EvaluationReport.Prediction(
            count: accuracy.count, accuracy: accuracy.estimate ?? none, crossEntropy: crossEntropy.estimate,
            largeCrossEntropy: largeCrossEntropy.estimate, agreement: agreement.estimate ?? none,
            overlap: overlap.estimate ?? none,
            coupled: samples ? coupled.estimate : nil, secondChoice: second.estimate)
    }
}

/// Replays greedy rounds over a document from what would be right at every place of every block.
struct RoundReplay {
    /// For each place in a block, whether the prediction after each position is right, if its block begins that far before.
    private var correct: [[Bool]]

    init(blockLength: Int, positionCount: Int) {
        correct = Array(repeating: Array(repeating: false, count: positionCount), count: blockLength)
    }

    mutating func set(place: Int, position: Int, isCorrect: Bool) { correct[place][position] = isCorrect }

    /// In how many rounds 0, 1, … drafted tokens were kept, in the answer that lies in `range`.
    func rounds(blockLength: Int, in range: Range<Int>) -> [Int] {
        var kept = [Int](repeating: 0, count: blockLength + 1)
        // The answer's first token is the large model's own, from the prompt.
        var start = range.lowerBound
        while start + blockLength < range.upperBound {
            let count = (0..<blockLength).first { !correct[$0][start + $0] } ?? blockLength
            kept[count] += 1
            start += count + 1
        }
        return kept
    }
}

/// What was found out about one model so far.
struct ModelSums {
    private let blockLength: Int
    private var places: [PlaceMeans]
    private var overall = PlaceMeans()
    private var kept: [[Int]]
    private var tokensPerRound: [ClusteredMean]
    private var covered = [ClusteredMean](repeating: ClusteredMean(), count: 3)

    init(blockLength: Int) {
        self.blockLength = blockLength
        places = Array(repeating: PlaceMeans(), count: blockLength)
        kept = (1...blockLength).map { [Int](repeating: 0, count: $0 + 1) }
        tokensPerRound = Array(repeating: ClusteredMean(), count: blockLength)
    }

    /// - Parameter replay: nil for a document that greedy decoding would not have given.
    mutating func add(_ document: EvaluationDocument, places sums: [PlaceSums], replay: RoundReplay?) {
        var all = PlaceSums()
        for (place, sums) in sums.enumerated() {
            places[place].add(sums)
            all += sums
        }
        overall.add(all)
        guard let replay else { return }
        for length in 1...blockLength {
            var counts = [Int](repeating: 0, count: length + 1)
            for answer in document.answers {
                for (index, count) in replay.rounds(blockLength: length, in: answer).enumerated() {
                    counts[index] += count
                }
            }
            for (index, count) in counts.enumerated() { kept[length - 1][index] += count }
            tokensPerRound[length - 1].add(
                sum: Double(counts.enumerated().reduce(0) { $0 + ($1.offset + 1) * $1.element }),
                count: counts.reduce(0, +))
        }
    }

    /// Counts which marked tokens the vocabulary has, or would have with those that came before.
    mutating func addCoverage(of document: EvaluationDocument, vocabulary: DraftVocabulary) {
        var counts = [0, 0, 0]
        var marked = 0
        var seen: Set<Int> = []
        var prompt: Set<Int> = []
        for (index, token) in document.tokens.enumerated() {
            if document.marks[index], index > 0 {
                marked += 1
                if vocabulary.row(of: token) != nil {
                    for kind in counts.indices { counts[kind] += 1 }
                } else if seen.contains(token) {
                    counts[2] += 1
                    if prompt.contains(token) { counts[1] += 1 }
                }
            } else {
                prompt.insert(token)
            }
            seen.insert(token)
        }
        for (kind, count) in counts.enumerated() { covered[kind].add(sum: Double(count), count: marked) }
    }

    func report(
        documentCount: Int, greedyDocumentCount: Int, tokenCount: Int, samples: Bool, large: EvaluationReport.Reference
    ) -> EvaluationReport {
        let none = Estimate(value: 0, error: nil)
        return EvaluationReport(
            documentCount: documentCount, greedyDocumentCount: greedyDocumentCount, tokenCount: tokenCount,
            overall: overall.prediction(samples: samples),
            positions: places.map { $0.prediction(samples: samples) },
            // A longer block has rounds only where a shorter one has them, so that none is missing in between.
            rounds: (1...blockLength).compactMap { length in
                tokensPerRound[length - 1].estimate.map {
                    EvaluationReport.Rounds(
                        blockLength: length, count: kept[length - 1].reduce(0, +), kept: kept[length - 1],
                        tokensPerRound: $0)
                }
            },
            coverage: EvaluationReport.Coverage(
                vocabulary: covered[0].estimate ?? none, withPrompt: covered[1].estimate ?? none,
                withAnswer: covered[2].estimate ?? none), large: large)
    }
}
