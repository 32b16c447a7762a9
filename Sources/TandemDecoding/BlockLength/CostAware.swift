/// Drafts as far as it pays, and has the large model read as much of it as pays: by what guesses are worth
/// (``AcceptanceTable``) and what passes cost (``CostModel``). Length 0 is among the choices, before and after drafting.
///
///     tokens   E(k) = 1 + s₁ + s₁s₂ + …      sᵢ: chance of guess i, by its confidence once it is made
///     time     T(k) = start + k · draft + read(1 + k) + overhead
///     rate     λ = greatest E(k) / T(k), as far as is known beforehand
///     value    V(k) = s₁ + s₁s₂ + … − λ · read(1 + k), of reading k guesses that are made
///
/// A guess takes λ · draft, whatever becomes of it. It is made if that is less than what it adds to the value of the best
/// length on average, over how sure it may turn out to be: a guess that turns out unsure need not be read. When nothing
/// pays, or drafts bring less than was expected, it stands down: it drafts nothing for a while, then tries again for a
/// round, after ever longer pauses as long as that fails, so that drafting that does not help costs next to nothing.
public struct CostAware: BlockLengthPolicy {
    /// The greatest length.
    public let maximum: Int
    private var accounts: [DraftSource: Account] = [:]
    private let prior: AcceptanceTable?
    private let router: RouterNetwork?
    private var costs: CostModel
    private var company = RoundCompany.alone
    /// Below its lower bound drafting rests: what is expected of it has not come true. More than the upper one is not saved
    /// up, so that a text that becomes hard to guess shows. Guesses that pay in the mean lose their time every other time:
    /// where little can be saved up, bad luck alone would send drafting to rest again and again.
    private static let profitRange = -1.0...4.0
    /// What someone has saved up to begin with whose guesses were measured beforehand.
    private static let startingCredit = 1.0
    /// Rounds that it rests between trials, where a trial takes no more than a quarter of a plain step.
    private static let restLengths = 8.0...128.0
    /// How often guesses stand where a text is easy.
    private static let hopedFor = 0.9
    /// How often a token stands that was looked up, as long as nothing is known of the text.
    private static let lookedUp = AcceptanceTable(expected: [0.65])

    /// What is known of one who guesses. Each has its own: that looking up pays says nothing of a model.
    private struct Account {
        /// What its guesses are worth.
        var table: AcceptanceTable
        /// Tokens that it has gained of late over what plain steps would have made of its time.
        var profit: Double
        /// Rounds since it drafted.
        var restCount = 0
        /// Rounds until it is tried again, if a trial is cheap.
        var restLength = CostAware.restLengths.lowerBound
    }

    /// The policy.
    ///
    /// - Parameters:
    ///   - maximum: The greatest length.
    ///   - acceptance: What was measured beforehand of the drafter's guesses; nil if nothing was, so that it has to prove itself
    ///     sooner.
    ///   - router: Judges how sure a guess is; nil: by the probability that the drafter gave it.
    ///   - costs: What passes cost, if the loop does not know better.
    public init(
        maximum: Int = 8, acceptance: AcceptanceTable? = nil, router: RouterNetwork? = nil,
        costs: CostModel = .assumed
    ) {
        precondition(maximum >= 0, "A draft cannot have \(maximum) tokens.")
        self.maximum = maximum
        self.router = router
        self.costs = costs
        prior = acceptance
    }

    /// As many as the router looks at.
    public var topCount: Int? { router?.topCount ?? 0 }

    /// Takes note of what passes cost now, and of who shares them.
    public mutating func begin(_ outlook: RoundOutlook) {
        company = outlook.company
        if let current = outlook.costs { costs = current }
    }

    private func account(_ source: DraftSource) -> Account {
        if let account = accounts[source] { return account }
        if source == .lookup { return Account(table: Self.lookedUp, profit: 0) }
        return Account(table: prior ?? AcceptanceTable(), profit: prior == nil ? 0 : Self.startingCredit)
    }

    /// What the network says, or else the drafter's own probability.
    public func trust(in confidence: DraftConfidence) -> Float {
        router?.agreement(confidence) ?? confidence.probability
    }

    /// Whether another guess is worth its step.
    public func wantsMore(than draft: Draft) -> Bool {
        let length = draft.tokens.count
        guard length < maximum else { return false }
        let account = account(draft.source)
        let isTrial = length == 0 && isTrial(account, draft.source)
        if length == 0 && account.profit < Self.profitRange.lowerBound && !isTrial { return false }
        // Looking up takes no time; how much of it is worth reading shows when it is there.
        if draft.source == .lookup { return true }
        let table = account.table
        let rate = bestRate(table, isFree: false)
        if isTrial { return isWorthTrying(rate: rate, isFree: false) }
        let values = values(of: draft, table, rate: rate)
        let first = costs.draftShare(length: 1, in: company)
        let step = rate * (costs.draftShare(length: 2, in: company) - first)
        let start = length > 0 ? 0 : rate * first - step
        let best = values.greatest
        /// What is gained if the next guess stands with this chance and others follow as far as that pays.
        func gain(_ chance: Double) -> Double {
            var survival = values.survival * chance
            var value = values.last + survival - rate * addedRead(length)
            var greatest = max(best, value)
            for place in length + 1..<max(maximum, length + 1) {
                survival *= table.chance(place: place)
                value += survival - rate * addedRead(place) - step
                greatest = max(greatest, value)
            }
            return greatest - best
        }
        // Without confidences a guess is as good as others at its place, and all are read.
        let hasConfidences = draft.confidences.count == length
        let expected =
            hasConfidences
            ? table.prospects(place: length).reduce(0) { $0 + $1.share * gain($1.chance) }
            : gain(table.chance(place: length))
        return expected > step + start
    }

    /// As many as pay; of one that is tried again at least one.
    public func readCount(of draft: Draft) -> Int {
        guard !draft.tokens.isEmpty else { return 0 }
        let account = account(draft.source)
        let rate = bestRate(account.table, isFree: draft.source == .lookup)
        let count = values(of: draft, account.table, rate: rate).bestLength
        let isTrial = count == 0 && isTrial(account, draft.source)
        return isTrial && isWorthTrying(rate: rate, isFree: draft.source == .lookup) ? 1 : count
    }

    /// Whether it has rested for so long that it is tried again.
    ///
    /// The dearer a trial the longer that is: of the time between two, it takes a thirtieth at most. In company a trial may cost a
    /// token and more, since conversations try one by one and nobody shares the step.
    private func isTrial(_ account: Account, _ source: DraftSource) -> Bool {
        let drafting = source == .lookup ? 0 : costs.draftStart + costs.draft(1)
        let price = drafting + costs.readShare(length: 1, in: company) - costs.readShare(length: 0, in: company)
        let shares = price / costs.share(length: 0, in: company)
        return Double(account.restCount) >= account.restLength * max(1, 4 * shares)
    }

    /// Whether guesses would pay if they stood as often as could be hoped: where they would not, there is nothing to learn
    /// from trying.
    private func isWorthTrying(rate: Double, isFree: Bool) -> Bool {
        var survival = 1.0
        var expected = 0.0
        for length in 1...max(1, maximum) {
            survival *= Self.hopedFor
            expected += survival
            let added =
                costs.readShare(length: length, in: company) - costs.readShare(length: 0, in: company)
                + (isFree ? 0 : costs.draftShare(length: length, in: company))
            if expected > rate * added { return true }
        }
        return false
    }

    /// The greatest number of tokens for the time that a fixed length promises.
    private func bestRate(_ table: AcceptanceTable, isFree: Bool) -> Double {
        var survival = 1.0
        var expected = 1.0
        var best = 0.0
        for length in 0...maximum {
            best = max(
                best, expected / costs.share(length: length, in: company, draftsFreely: isFree))
            survival *= table.chance(place: length)
            expected += survival
        }
        return best
    }

    /// Seconds that the guess at a place adds to reading.
    private func addedRead(_ place: Int) -> Double {
        costs.readShare(length: place + 1, in: company) - costs.readShare(length: place, in: company)
    }

    private func values(
        of draft: Draft, _ table: AcceptanceTable, rate: Double
    ) -> (survival: Double, last: Double, greatest: Double, bestLength: Int) {
        var survival = 1.0
        var value = 0.0
        var best = (value: 0.0, length: 0)
        for place in draft.tokens.indices {
            survival *= table.chance(place: place, confidence: confidence(draft, place))
            value += survival - rate * addedRead(place)
            if value > best.value { best = (value, place + 1) }
        }
        return (survival, value, best.value, best.length)
    }

    private func confidence(_ draft: Draft, _ place: Int) -> Float? {
        place < draft.confidences.count ? draft.confidences[place].trust : nil
    }

    /// Corrects what guesses are worth.
    public mutating func learn(from draft: Draft, readCount: Int, acceptedCount: Int) {
        var account = account(draft.source)
        let isTrial = isTrial(account, draft.source)
        // Whoever did not draft has rested, the one who would not among them.
        accounts[draft.source] = account
        for source in accounts.keys { accounts[source]?.restCount += 1 }
        guard !draft.tokens.isEmpty else { return }
        for place in 0..<min(readCount, acceptedCount + 1) {
            account.table.record(place: place, confidence: confidence(draft, place), stood: place < acceptedCount)
        }
        if acceptedCount == readCount {
            for place in readCount..<draft.tokens.count {
                account.table.recordUnread(place: place, confidence: confidence(draft, place))
            }
        }
        let profit = account.profit + Double(acceptedCount) - price(of: draft, readCount: readCount)
        account.profit = min(profit, Self.profitRange.upperBound)
        if !isTrial {
            account.restLength = Self.restLengths.lowerBound
        } else if acceptedCount > 0 {
            account.restLength = max(account.restLength / 4, Self.restLengths.lowerBound)
            // A guess that stood after a pause is a reason to go on, on half the credit.
            account.profit = max(account.profit, Self.profitRange.lowerBound / 2)
        } else {
            account.restLength = min(2 * account.restLength, Self.restLengths.upperBound)
        }
        account.restCount = 0
        accounts[draft.source] = account
    }

    /// The time that a draft and reading it took, in plain steps.
    private func price(of draft: Draft, readCount: Int) -> Double {
        let drafting = draft.source == .lookup ? 0 : costs.draftShare(length: draft.tokens.count, in: company)
        let plain = costs.readShare(length: 0, in: company)
        return (drafting + costs.readShare(length: readCount, in: company) - plain)
            / costs.share(length: 0, in: company)
    }
}
