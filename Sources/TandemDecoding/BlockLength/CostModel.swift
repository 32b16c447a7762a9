/// What passes cost on this machine: v and c of the cost model, in seconds.
///
///     tokens per round   1 + α + α² + … + α^γ
///     time of a round    draftStart + γ · draft + read(γ + 1) + overhead
///
/// Both parts are measured once (``MachineCosts``) and kept; ``CostMeter`` follows what changes while the program runs.
public struct CostModel: Sendable, Hashable, Codable {
    /// A duration that depends on a count.
    public struct Curve: Sendable, Hashable, Codable {
        /// Ascending.
        public let counts: [Int]
        /// For each count.
        public let seconds: [Double]

        /// A curve through the given points, of which there is at least one.
        public init(counts: [Int], seconds: [Double]) {
            precondition(!counts.isEmpty && counts.count == seconds.count, "Every count has a duration.")
            self.counts = counts
            self.seconds = seconds
        }

        /// A curve that was kept. The file may be damaged or of another version.
        ///
        /// - Throws: `DecodingError` if counts are not ascending from 1 to at most 65,536, or durations are none.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            counts = try container.decode([Int].self, forKey: .counts)
            seconds = try container.decode([Double].self, forKey: .seconds)
            guard let first = counts.first, let last = counts.last, first >= 1, last <= 1 << 16,
                counts.count == seconds.count, zip(counts, counts.dropFirst()).allSatisfy({ $0 < $1 }),
                seconds.allSatisfy({ $0.isFinite && $0 >= 0 })
            else {
                throw DecodingError.dataCorruptedError(
                    forKey: .counts, in: container, debugDescription: "A curve has a duration for each ascending count."
                )
            }
        }

        /// The same shape, with all durations so many times as long.
        func scaled(by factor: Double) -> Curve { Curve(counts: counts, seconds: seconds.map { $0 * factor }) }

        /// The duration for a count: on straight lines between the points and on from the last two.
        public func callAsFunction(_ count: Int) -> Double { self(Double(count)) }

        /// The duration for a count that is a mean of others.
        public func callAsFunction(_ count: Double) -> Double {
            guard counts.count > 1, count > Double(counts[0]) else { return seconds[0] }
            let upper = counts.firstIndex { Double($0) >= count } ?? counts.count - 1
            let lower = upper - 1
            let share = (count - Double(counts[lower])) / Double(counts[upper] - counts[lower])
            return seconds[lower] + share * (seconds[upper] - seconds[lower])
        }
    }

    /// A pass of the large model over this many rows.
    public var read: Curve
    /// A step of the drafter for this many conversations.
    public var draft: Curve
    /// What a round's first draft step takes more than the others: a pass of the large model has driven the drafter's weights
    /// out of the caches.
    public var draftStart: Double
    /// What a round takes besides.
    public var overhead: Double

    /// Costs.
    public init(read: Curve, draft: Curve, draftStart: Double = 0, overhead: Double = 0) {
        self.read = read
        self.draft = draft
        self.draftStart = draftStart
        self.overhead = overhead
    }

    /// A guess for a machine that was not measured: four rows cost a third more than one, and a draft step a twentieth.
    public static let assumed = CostModel(
        read: Curve(counts: [1, 2, 4, 8, 16], seconds: [1, 1.1, 1.33, 2.6, 5.2]),
        draft: Curve(counts: [1, 4, 16], seconds: [0.04, 0.05, 0.12]), draftStart: 0.04, overhead: 0.01)

    /// Seconds of reading a draft of `length` tokens and the token before it, as one conversation's share.
    ///
    /// A plain pass is shared by all, what drafts add to it by those whose drafts are read, row by row: the next row may come
    /// for nothing or cost twice as much as others, wherever kernels take rows by the group, and who it is that asks for it
    /// is chance. Half as many rows as there are conversations are the fewest that say what a row costs: a difference of two
    /// durations that are followed apart is mostly noise otherwise.
    func readShare(length: Int, in company: RoundCompany) -> Double {
        let count = Double(company.conversationCount)
        let plain = read(count)
        guard length > 0 else { return plain / count }
        let rows = max(company.otherDraftRows + Double(length), count / 2)
        return plain / count + (read(count + rows) - plain) * Double(length) / rows
    }

    /// Seconds of drafting `length` tokens, as one conversation's share.
    func draftShare(length: Int, in company: RoundCompany) -> Double {
        length == 0
            ? 0 : (draftStart + Double(length) * draft(company.draftingCount)) / company.draftingCount
    }

    /// Seconds of a round in which a conversation drafts `length` tokens, as its share.
    public func share(length: Int, in company: RoundCompany = .alone, draftsFreely: Bool = false) -> Double {
        readShare(length: length, in: company) + (draftsFreely ? 0 : draftShare(length: length, in: company))
            + overhead / Double(company.conversationCount)
    }
}
