import TandemMath

/// Which pieces of which documents make up each step: a pure function of the seed and the step's number.
///
/// Documents are cut into pieces of at most ``Settings/sequenceLength`` tokens. Each pass over the data (an epoch) takes
/// the pieces in an order of its own and fills steps up to a number of tokens. No piece spans two documents, and
/// nothing is padded: linear layers run over all rows of a step together, attention over each piece.
///
/// The pieces of a step do not depend on the number of ranks; ``share(of:rank:of:)`` deals them out.
public struct SequencePlan: Sendable {
    /// What makes a plan.
    public struct Settings: Sendable, Equatable, Codable {
        /// Tokens of a piece, at most.
        public let sequenceLength: Int
        /// Tokens of a step on all ranks, at most (a single piece always fits).
        public let stepTokenCount: Int
        /// Decides the order.
        public let seed: UInt64

        /// Makes settings after checking them.
        ///
        /// - Throws: ``TrainingError`` that says which numbers are possible.
        public init(sequenceLength: Int, stepTokenCount: Int, seed: UInt64) throws {
            guard sequenceLength >= 2, stepTokenCount >= sequenceLength else {
                throw TrainingError(
                    "Steps of \(stepTokenCount) tokens in sequences of \(sequenceLength) cannot be: a sequence has at "
                        + "least 2 tokens, and a step holds at least one sequence.")
            }
            self.sequenceLength = sequenceLength
            self.stepTokenCount = stepTokenCount
            self.seed = seed
        }
    }

    /// Part of a document.
    public struct Piece: Sendable, Hashable {
        /// Its number among all pieces, the same in every epoch: names stored states.
        public let index: Int
        /// Its tokens, counted over all files.
        public let tokens: Range<Int>

        /// A piece with this number and these tokens.
        public init(index: Int, tokens: Range<Int>) {
            self.index = index
            self.tokens = tokens
        }
    }

    /// What made the plan.
    public let settings: Settings
    /// Every piece, in the order of the data.
    public let pieces: [Piece]

    /// Cuts the documents.
    ///
    /// - Parameters:
    ///   - data: Where they are.
    ///   - documents: Which of them; nil for all.
    ///   - settings: What makes the plan.
    /// - Throws: ``TrainingError`` if no piece has two tokens, or none anything to learn.
    public init(_ data: TrainingData, documents: Range<Int>? = nil, settings: Settings) throws {
        var pieces: [Piece] = []
        for document in documents ?? 0..<data.documentCount {
            let range = data.document(document)
            // Pieces overlap by one token, which the first of two predicts and the second reads.
            for start in stride(from: range.lowerBound, to: range.upperBound - 1, by: settings.sequenceLength - 1) {
                let tokens = start..<min(range.upperBound, start + settings.sequenceLength)
                guard data.marks(tokens).dropFirst().contains(true) else { continue }
                pieces.append(Piece(index: pieces.count, tokens: tokens))
            }
        }
        guard !pieces.isEmpty else {
            throw TrainingError(
                "\(data.name) has nothing to learn: no document has two tokens of which the second is marked.")
        }
        self.settings = settings
        self.pieces = pieces
    }

    /// The steps of one pass over the data.
    public func steps(ofEpoch epoch: Int) -> [[Piece]] {
        precondition(epoch >= 0, "There is no epoch \(epoch).")
        var generator = SeededGenerator(seed: settings.seed, stream: UInt64(epoch) &+ 1)
        var steps: [[Piece]] = []
        var step: [Piece] = []
        var count = 0
        for index in generator.permutation(of: pieces.count) {
            let piece = pieces[index]
            if count + piece.tokens.count > settings.stepTokenCount, !step.isEmpty {
                steps.append(step)
                step = []
                count = 0
            }
            step.append(piece)
            count += piece.tokens.count
        }
        steps.append(step)
        return steps
    }

    /// A rank's part of a step: pieces go, longest first, to the rank with the fewest tokens, so that all take about as
    /// long. Ranks may get nothing where a step has few pieces.
    public static func share(of step: [Piece], rank: Int, of rankCount: Int) -> [Piece] {
        precondition(rank >= 0 && rank < rankCount, "There is no rank \(rank) among \(rankCount).")
        guard rankCount > 1 else { return step }
        var loads = [Int](repeating: 0, count: rankCount)
        var mine: Set<Piece> = []
        let order = step.sorted {
            $0.tokens.count != $1.tokens.count ? $0.tokens.count > $1.tokens.count : $0.index < $1.index
        }
        for piece in order {
            let least = loads.indices.min { (loads[$0], $0) < (loads[$1], $1) } ?? 0
            loads[least] += piece.tokens.count
            if least == rank { mine.insert(piece) }
        }
        return step.filter(mine.contains)
    }
}

/// Walks through the steps of a ``SequencePlan`` by their numbers, over as many epochs as it takes.
public struct StepSequence: Sendable {
    /// The plan.
    public let plan: SequencePlan
    private var epoch = 0
    private var firstStep = 0
    private var steps: [[SequencePlan.Piece]]

    /// Begins with the first epoch.
    public init(_ plan: SequencePlan) {
        self.plan = plan
        steps = plan.steps(ofEpoch: 0)
    }

    /// The pieces of a step, counted from 0 over all epochs, and its epoch.
    public mutating func pieces(ofStep step: Int) -> (pieces: [SequencePlan.Piece], epoch: Int) {
        precondition(step >= 0, "There is no step \(step).")
        if step < firstStep { self = StepSequence(plan) }
        while step >= firstStep + steps.count {
            firstStep += steps.count
            epoch += 1
            steps = plan.steps(ofEpoch: epoch)
        }
        return (steps[step - firstStep], epoch)
    }
}
