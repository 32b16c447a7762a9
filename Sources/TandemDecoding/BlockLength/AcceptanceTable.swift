/// How often guesses stand, by their place in the block and how sure the drafter was: measured beforehand, corrected by what
/// happens.
///
/// Each cell counts guesses that were judged and how many of these stood. What was measured beforehand counts as some
/// guesses to begin with, and old ones are forgotten, so that the table follows the text.
public struct AcceptanceTable: Sendable, Hashable, Codable {
    /// How often guesses of one kind were judged, and how often they stood.
    public struct Cell: Sendable, Hashable, Codable {
        /// Guesses that were judged.
        public var judged: Double
        /// Those that stood.
        public var accepted: Double

        /// Counts.
        public init(judged: Double, accepted: Double) {
            self.judged = judged
            self.accepted = accepted
        }

        var rate: Double { accepted / judged }

        /// Counts a guess; what was counted before fades.
        mutating func record(_ standing: Double) {
            judged = judged * AcceptanceTable.memory + 1
            accepted = accepted * AcceptanceTable.memory + standing
        }
    }

    /// Places that are told apart; the last stands for all that follow.
    public static let placeCount = 3
    /// Kinds of confidence, in equal steps of probability.
    public static let levelCount = 10
    /// What is left of earlier guesses when another is counted.
    private static let memory = 0.98
    /// What was measured beforehand counts as so many guesses. A text is not another one because of four unlucky guesses, and of
    /// some kinds of confidence an answer has no more than these.
    private static let priorCount = 16.0

    /// Place by place, level by level.
    private var cells: [Cell]
    /// For each place, the same whatever the confidence.
    private var places: [Cell]
    /// For each place and level, how many guesses were so sure.
    private var counts: [Double]

    /// A table that expects a guess to stand about as often as the drafter thinks, and at each place as often as
    /// given.
    public init(expected: [Double] = [0.5, 0.45, 0.4]) {
        self.init(
            prior: (0..<Self.placeCount).flatMap { _ in
                (0..<Self.levelCount).map { (Double($0) + 0.5) / Double(Self.levelCount) }
            }, byPlace: (0..<Self.placeCount).map { expected[min($0, expected.count - 1)] },
            shares: [Double](repeating: 1 / Double(Self.levelCount), count: Self.placeCount * Self.levelCount))
    }

    /// A table from what was measured: for each place, counts for each level of confidence.
    public init(measured: [[Cell]]) {
        let rows = (0..<Self.placeCount).map { measured[min($0, measured.count - 1)] }
        func cell(_ row: [Cell], _ level: Int) -> Cell {
            level < row.count ? row[level] : Cell(judged: 0, accepted: 0)
        }
        self.init(
            prior: rows.flatMap { row in
                (0..<Self.levelCount).map { level in
                    // Few guesses say little; then the level itself is the better estimate.
                    let middle = (Double(level) + 0.5) / Double(Self.levelCount)
                    return (cell(row, level).accepted + 4 * middle) / (cell(row, level).judged + 4)
                }
            },
            byPlace: rows.map { row in
                let judged = row.reduce(0) { $0 + $1.judged }
                return (row.reduce(0) { $0 + $1.accepted } + 1) / (judged + 2)
            },
            shares: rows.flatMap { row in
                let judged = (0..<Self.levelCount).reduce(0) { $0 + cell(row, $1).judged }
                return (0..<Self.levelCount).map {
                    (cell(row, $0).judged + 1) / (judged + Double(Self.levelCount))
                }
            })
    }

    private init(prior: [Double], byPlace: [Double], shares: [Double]) {
        cells = prior.map { Cell(judged: Self.priorCount, accepted: Self.priorCount * $0) }
        places = byPlace.map { Cell(judged: Self.priorCount, accepted: Self.priorCount * $0) }
        counts = shares.map { Self.priorCount * $0 }
    }

    /// The chance that the guess at a place stands, if all before it do; before it is made, or of one that was made with a
    /// given confidence: on straight lines between the middles of levels.
    public func chance(place: Int, confidence: Float? = nil) -> Double {
        let place = min(place, Self.placeCount - 1)
        guard let confidence else { return places[place].rate }
        // No number is no confidence, as in `level`.
        let known = confidence > 0 ? Double(confidence) : 0
        let position = min(max(known * Double(Self.levelCount) - 0.5, 0), Double(Self.levelCount - 1))
        let lower = min(Int(position), Self.levelCount - 2)
        let share = position - Double(lower)
        let first = place * Self.levelCount + lower
        return (1 - share) * cells[first].rate + share * cells[first + 1].rate
    }

    /// What a guess at a place may turn out to be, before it is made: how likely each level of confidence is, and the
    /// chance that a guess of that level stands.
    func prospects(place: Int) -> [(share: Double, chance: Double)] {
        let first = min(place, Self.placeCount - 1) * Self.levelCount
        let total = counts[first..<first + Self.levelCount].reduce(0, +)
        return (first..<first + Self.levelCount).map { (counts[$0] / total, cells[$0].rate) }
    }

    /// Takes note of a guess that was judged.
    public mutating func record(place: Int, confidence: Float?, stood: Bool) {
        let place = min(place, Self.placeCount - 1)
        places[place].record(stood ? 1 : 0)
        guard let confidence else { return }
        cells[place * Self.levelCount + Self.level(confidence)].record(stood ? 1 : 0)
        count(place, confidence)
    }

    /// Takes note of a guess that nobody read because it was too unsure: it would have stood as often as its like.
    public mutating func recordUnread(place: Int, confidence: Float?) {
        let place = min(place, Self.placeCount - 1)
        guard let confidence else { return }
        places[place].record(cells[place * Self.levelCount + Self.level(confidence)].rate)
        count(place, confidence)
    }

    private mutating func count(_ place: Int, _ confidence: Float) {
        let first = place * Self.levelCount
        for level in 0..<Self.levelCount { counts[first + level] *= Self.memory }
        counts[first + Self.level(confidence)] += 1
    }

    static func level(_ confidence: Float) -> Int {
        guard confidence > 0 else { return 0 }
        return min(levelCount - 1, Int(confidence * Float(levelCount)))
    }
}
