import TandemDecoding

/// Guesses from its own noise: mostly wrong.
struct RandomDrafter: Drafter {
    var vocabularyCount: Int
    var state: UInt64 = 1

    mutating func confirm(_ tokens: [Int]) {}

    mutating func draft(_ request: DraftRequest) -> Proposal {
        var draft = Draft(source: .scripted)
        while request.wantsMore(than: draft) {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            draft.tokens.append(Int(state >> 33) % vocabularyCount)
        }
        return .draft(draft)
    }
}

/// Knows the answer, and errs on purpose at every `period`-th place (never, if nil; always, if 1).
struct OracleDrafter: Drafter {
    var answer: [Int]
    var promptCount: Int
    var period: Int?
    var vocabularyCount: Int
    var confirmed: [Int] = []

    mutating func confirm(_ tokens: [Int]) { confirmed += tokens }

    mutating func draft(_ request: DraftRequest) -> Proposal {
        var draft = Draft(source: .scripted)
        while request.wantsMore(than: draft) {
            let place = confirmed.count - promptCount + draft.tokens.count
            let right = place < answer.count ? answer[place] : 0
            let errs = period.map { place % $0 == $0 - 1 } ?? false
            draft.tokens.append(errs ? (right + 1) % vocabularyCount : right)
        }
        return .draft(draft)
    }
}

extension DraftSource { static let scripted = DraftSource(rawValue: "scripted") }

extension Drafter {
    /// The guess of a drafter that guesses by itself.
    mutating func guess(atMost limit: Int, while policy: any BlockLengthPolicy) throws -> [Int] {
        let sampler = try Sampler(.greedy, seed: 1, vocabularyCount: 1_000)
        guard case .draft(let draft) = try draft(DraftRequest(limit: limit, policy: policy, sampler: sampler)) else {
            return []
        }
        return draft.tokens
    }
}
