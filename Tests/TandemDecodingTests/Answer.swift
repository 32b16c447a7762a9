import TandemDecoding
import TandemTestSupport

/// A whole answer, for comparing.
struct Answer: Equatable {
    var tokens: [Int] = []
    var text = ""
    var finish: FinishReason?
    var logProbabilities: [LogProbabilities] = []

    mutating func add(_ emission: Emission) {
        tokens += emission.tokens.map(\.token)
        text += emission.text
        finish = emission.finish
        logProbabilities += emission.tokens.compactMap(\.logProbabilities)
    }
}

/// What a test asks for.
struct Request {
    var prompt: [Int] = [1, 2, 3, 1, 2]
    var sampling: Sampling = .greedy
    var seed: UInt64 = 42
    var stop: StopCondition
    var topLogProbabilityCount: Int? = nil

    func conversation(
        _ target: any Target, _ speculation: Speculation = .none, retained: RetainedMemory? = nil,
        isShared: Bool = false
    ) throws -> Conversation {
        try Conversation(
            prompt: prompt, sampling: sampling, seed: seed, stop: stop, text: Letters(), speculation: speculation,
            topLogProbabilityCount: topLogProbabilityCount, retained: retained,
            isShared: isShared, target: target)
    }

    func answer(_ target: any Target, _ speculation: Speculation = .none, rowLimit: Int = 512) throws -> Answer {
        try run([conversation(target, speculation)], target, rowLimit: rowLimit)[0]
    }
}

/// Runs conversations together to their ends.
func run(_ conversations: [Conversation], _ target: any Target, rowLimit: Int = 512) throws -> [Answer] {
    let loop = DecodingLoop(target: target, rowLimit: rowLimit)
    var answers = [Answer](repeating: Answer(), count: conversations.count)
    for conversation in conversations { loop.add(conversation) }
    while !loop.isEmpty {
        for result in try loop.round() {
            guard let index = conversations.firstIndex(where: { $0 === result.conversation }) else { continue }
            answers[index].add(try result.outcome.get())
        }
    }
    for conversation in conversations { conversation.close() }
    return answers
}

extension Sampling {
    /// One of each kind.
    static let kinds: [Sampling] = {
        let made: [Sampling?] = [
            .greedy,
            try? Sampling(temperature: 1),
            try? Sampling(temperature: 0.7, topK: 8, topP: 0.9, minP: 0.02),
            try? Sampling(temperature: 0, repetitionPenalty: 1.3, presencePenalty: 0.5, frequencyPenalty: 0.25),
            try? Sampling(temperature: 0.9, frequencyPenalty: 0.4, penaltyWindow: 6, logitBias: [3: 1.5, 5: -2]),
        ]
        return made.compactMap { $0 }
    }()
}

extension StopCondition {
    /// One of each kind; with several seeds and samplings, each is met somewhere.
    static let kinds: [StopCondition] = {
        let made: [StopCondition?] = [
            try? StopCondition(maximumTokenCount: 60),
            try? StopCondition(maximumTokenCount: 1),
            try? StopCondition(endOfText: [7, 11]),
            try? StopCondition(endOfText: [20], strings: ["abc", "fde", "🙂"], maximumTokenCount: 70),
            try? StopCondition(),
        ]
        return made.compactMap { $0 }
    }()
}
