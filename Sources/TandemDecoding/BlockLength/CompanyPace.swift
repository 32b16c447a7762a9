/// Whether drafting makes conversations that are answered together faster or slower, by the clock.
///
/// A policy reckons with what rows and steps cost, and alone that is enough. In company it is not: what a conversation's
/// guess costs depends on who else guesses, where kernels take rows by the group, and on what drafting drives out of the
/// caches, and a few hundredths of error in each are all that there is to gain. So rounds with drafts and without are timed, for
/// each number of conversations, and while those with drafts bring fewer tokens in the time, policies that go by
/// costs are told to stand down, for ever longer as long as trying again fails.
struct CompanyPace {
    /// What is known of one number of conversations.
    private struct Record {
        /// Seconds of a round without drafts, of late.
        var plain: Double?
        /// Rounds since there was one, or since one was tried for: beside others who always draft there is none.
        var plainAge = CompanyPace.freshness
        /// Tokens and seconds of rounds in which drafts were allowed, older ones fading.
        var tokens = 0.0
        var seconds = 0.0
        /// How many rounds these are, older ones included.
        var count = 0
        /// Rounds that drafting rests yet.
        var restCount = 0
        /// How long it will rest the next time.
        var restLength = CompanyPace.restLengths.lowerBound
    }

    private var records: [Int: Record] = [:]
    private static let restLengths = 32...512
    /// Rounds without drafts tell what they would take at present; this long nobody has to ask, then a few are made.
    private static let freshness = 40
    private static let plainProbe = 2
    /// Rounds with drafts before they are judged: their tokens vary.
    private static let trialLength = 12
    /// What is left of earlier rounds when another is counted.
    private static let memory = 0.95

    /// Whether drafts are to rest in the next round; alone they never do.
    mutating func rests(conversationCount: Int) -> Bool {
        guard conversationCount > 1 else { return false }
        var record = records[conversationCount] ?? inherited(conversationCount)
        if record.restCount == 0, record.plainAge >= Self.freshness {
            record.restCount = Self.plainProbe
        }
        records[conversationCount] = record
        return record.restCount > 0
    }

    /// A number that was not met goes by the nearest that was, as far as resting is concerned.
    private func inherited(_ conversationCount: Int) -> Record {
        var record = Record()
        if let nearest = records.min(by: { abs($0.key - conversationCount) < abs($1.key - conversationCount) })?.value {
            record.restCount = nearest.restCount
            record.restLength = nearest.restLength
        }
        return record
    }

    /// Takes note of a round in which every conversation chose tokens.
    ///
    /// - Parameters:
    ///   - conversationCount: How many these are.
    ///   - tokenCount: What they said.
    ///   - seconds: What it took, drafting included.
    ///   - hasDrafts: Whether anything was drafted.
    mutating func record(conversationCount: Int, tokenCount: Int, seconds: Double, hasDrafts: Bool) {
        guard var record = records[conversationCount], conversationCount > 1 else { return }
        defer { records[conversationCount] = record }
        record.plainAge += 1
        if !hasDrafts {
            record.plain = record.plain.map { $0 + 0.3 * (min(seconds, 2 * $0) - $0) } ?? seconds
            record.plainAge = 0
        }
        guard record.restCount == 0 else {
            record.restCount -= 1
            record.plainAge = 0
            return
        }
        record.tokens = Self.memory * record.tokens + Double(tokenCount)
        record.seconds = Self.memory * record.seconds + seconds
        record.count += 1
        guard record.count >= Self.trialLength, let plain = record.plain else { return }
        if record.tokens * plain < record.seconds * Double(conversationCount) {
            record.restCount = record.restLength
            record.restLength = min(2 * record.restLength, Self.restLengths.upperBound)
            (record.tokens, record.seconds, record.count) = (0, 0, 0)
        } else if record.count % (4 * Self.trialLength) == 0 {
            record.restLength = max(record.restLength / 2, Self.restLengths.lowerBound)
        }
    }
}
