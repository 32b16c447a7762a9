/// How often each token was seen lately: what the penalties go by.
struct PenaltyCounts {
    /// How often one token is in the window.
    struct Count {
        var inPrompt = 0
        var inAnswer = 0
    }

    private(set) var counts: [Int: Count] = [:]
    private let window: Int?
    /// What is in the window and where the answer begins in it, oldest first; empty if the window has no end.
    private var recent: [(token: Int, isAnswer: Bool)] = []
    private var oldest = 0

    init(window: Int?) { self.window = window }

    mutating func add(_ token: Int, isAnswer: Bool) {
        change(token, isAnswer: isAnswer, by: 1)
        guard let window else { return }
        recent.append((token, isAnswer))
        guard recent.count - oldest > window else { return }
        let leaving = recent[oldest]
        change(leaving.token, isAnswer: leaving.isAnswer, by: -1)
        oldest += 1
        if oldest > 1024, oldest * 2 > recent.count {
            recent.removeFirst(oldest)
            oldest = 0
        }
    }

    private mutating func change(_ token: Int, isAnswer: Bool, by step: Int) {
        var count = counts[token] ?? Count()
        if isAnswer { count.inAnswer += step } else { count.inPrompt += step }
        counts[token] = count.inPrompt + count.inAnswer > 0 ? count : nil
    }
}
