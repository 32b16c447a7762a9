/// How often guesses stood when a drafter was calibrated, in greedy answers and in answers that were drawn at temperature 1:
/// what a bundle keeps. A draw has to hit what the drafter drew, too, and guesses fall that greedy answers keep.
public struct MeasuredAcceptance: Sendable, Hashable {
    /// For each place in a block, counts for each level of confidence, in greedy answers.
    public var greedy: [[AcceptanceTable.Cell]]
    /// The same at temperature 1.
    public var drawn: [[AcceptanceTable.Cell]]

    /// Counts of both kinds; where nothing was counted of one, the other speaks for it.
    public init(greedy: [[AcceptanceTable.Cell]], drawn: [[AcceptanceTable.Cell]]) {
        self.greedy = greedy
        self.drawn = drawn
    }

    /// What was observed.
    ///
    /// - Parameters:
    ///   - observed: What became of guesses.
    ///   - confidence: How sure a guess is, from 0 to 1; left out, the probability that the drafter gave it.
    public init(_ observed: [DraftObservation], by confidence: (DraftConfidence) -> Float = \.probability) {
        self.init(
            greedy: AcceptanceTable.cells(observed.filter { !$0.isDrawn }, by: confidence),
            drawn: AcceptanceTable.cells(observed.filter(\.isDrawn), by: confidence))
    }

    /// What to expect of answers at a temperature: below 1, some of both.
    public func table(temperature: Float) -> AcceptanceTable {
        AcceptanceTable(measured: cells(temperature: temperature))
    }

    /// How unsure it remains whether a guess stands once its place and its confidence are known: what a forecast by the table
    /// is off, squared, in the mean (Brier's score). Of two measures of confidence, the one that leaves less tells more. 1 if
    /// nothing was counted.
    public func uncertainty(temperature: Float) -> Double {
        let cells = cells(temperature: temperature).joined().filter { $0.judged > 0 }
        let judged = cells.reduce(0) { $0 + $1.judged }
        return judged > 0 ? cells.reduce(0) { $0 + $1.accepted * (1 - $1.rate) } / judged : 1
    }

    /// Whether a network that says how sure guesses are is worth the time that it takes for each of them: a hundredth of a round
    /// on the machine where that was measured.
    ///
    /// - Parameters:
    ///   - own: How often guesses stood by the probability that the drafter gave them, which costs next to nothing.
    ///   - temperature: What answers are drawn at, 0 for greedy ones.
    /// - Returns: Whether these counts, by what the network says, leave at least a fiftieth less unsure.
    public func isWorthItsNetwork(over own: MeasuredAcceptance, temperature: Float) -> Bool {
        uncertainty(temperature: temperature) < 0.98 * own.uncertainty(temperature: temperature)
    }

    private func cells(temperature: Float) -> [[AcceptanceTable.Cell]] {
        func isEmpty(_ cells: [[AcceptanceTable.Cell]]) -> Bool { cells.joined().allSatisfy { $0.judged == 0 } }
        if isEmpty(drawn) { return greedy }
        if isEmpty(greedy) { return drawn }
        let share = Double(min(1, max(0, temperature)))
        func cell(_ cells: [[AcceptanceTable.Cell]], _ place: Int, _ level: Int) -> AcceptanceTable.Cell {
            let row = cells[min(place, cells.count - 1)]
            return level < row.count ? row[level] : AcceptanceTable.Cell(judged: 0, accepted: 0)
        }
        return (0..<AcceptanceTable.placeCount).map { place in
            (0..<AcceptanceTable.levelCount).map { level in
                let (greedy, drawn) = (cell(greedy, place, level), cell(drawn, place, level))
                return AcceptanceTable.Cell(
                    judged: (1 - share) * greedy.judged + share * drawn.judged,
                    accepted: (1 - share) * greedy.accepted + share * drawn.accepted)
            }
        }
    }
}
