/// What several arms made of the same prompts: speeds, ratios, acceptance, and whether texts are the same.
public struct GenerationComparison: Sendable {
    /// An arm, in results.
    public struct Arm: Sendable, Hashable {
        /// For tables.
        public var name: String
        /// What it says about its texts.
        public var promise: GenerationArm.Promise
    }

    /// A text that should have been the first arm's and was not.
    public struct Difference: Sendable, Hashable {
        /// Whose text.
        public var arm: String
        /// Of which kind.
        public var kind: String
        /// Of which prompt.
        public var prompt: String
        /// The first token that differs.
        public var position: Int
    }

    private struct Turn: Sendable {
        var arm: Int
        var kind: String
        var repetition: Int
        var turn: ArmTurn
        var othersCores: Double?
    }

    /// What was compared.
    public let arms: [Arm]
    /// How often.
    public let repetitions: Int
    /// In the order in which they came.
    public private(set) var kinds: [String] = []
    private var turns: [Turn] = []
    /// The tokens of the first arm in its first repetition, prompt by prompt.
    private var expected: [String: [Int]] = [:]
    /// Texts that broke a promise: not the first arm's, or not what the same arm said before.
    public private(set) var differences: [Difference] = []
    /// How many texts of each arm were the first arm's.
    public private(set) var sameCounts: [Int]
    /// How many texts of each arm were compared.
    public private(set) var textCounts: [Int]
    /// Answers that wait for the first arm's.
    private var waiting: [(arm: Int, prompt: BenchmarkPrompt, tokens: [Int])] = []

    init(arms: [Arm], repetitions: Int) {
        self.arms = arms
        self.repetitions = repetitions
        sameCounts = Array(repeating: 0, count: arms.count)
        textCounts = Array(repeating: 0, count: arms.count)
    }

    // MARK: Recording

    mutating func record(
        _ turn: ArmTurn, of prompts: [BenchmarkPrompt], arm: Int, repetition: Int, othersCores: Double?
    ) {
        guard let kind = prompts.first?.kind else { return }
        if !kinds.contains(kind) { kinds.append(kind) }
        turns.append(Turn(arm: arm, kind: kind, repetition: repetition, turn: turn, othersCores: othersCores))
        for (prompt, answer) in zip(prompts, turn.answers) { waiting.append((arm, prompt, answer.tokens)) }
        for (prompt, answer) in zip(prompts, turn.answers) where arm == 0 && expected[prompt.identity] == nil {
            expected[prompt.identity] = answer.tokens
        }
        // The order of arms moves on: some speak before the first.
        let known = expected
        let ready = waiting.filter { known[$0.prompt.identity] != nil }
        waiting.removeAll { known[$0.prompt.identity] != nil }
        for (arm, prompt, tokens) in ready { compare(tokens, of: prompt, arm: arm) }
    }

    private mutating func compare(_ tokens: [Int], of prompt: BenchmarkPrompt, arm: Int) {
        guard let expected = expected[prompt.identity] else { return }
        textCounts[arm] += 1
        guard tokens != expected else { return sameCounts[arm] += 1 }
        guard arms[arm].promise == .sameText else { return }
        let position = zip(tokens, expected).prefix { $0 == $1 }.count
        differences.append(
            Difference(arm: arms[arm].name, kind: prompt.kind, prompt: prompt.name, position: position))
    }

    // MARK: Results

    /// Tokens a second of an arm, a value for each repetition.
    public func speed(of arm: Int, kind: String) -> Series {
        series(name: arms[arm].name, unit: "tokens/s") { repetition in
            rate(arm, kind, repetition)
        } others: {
            others(in: $0, arms: [arm], kinds: [kind])
        }
    }

    /// How many times as fast as the first arm an arm is, a value for each repetition; without a kind, the mean over all
    /// kinds.
    public func ratio(of arm: Int, kind: String? = nil) -> Series {
        let kinds = kind.map { [$0] } ?? self.kinds
        return series(name: arms[arm].name, unit: "×") { repetition in
            let ratios = kinds.compactMap { kind -> Double? in
                guard let own = rate(arm, kind, repetition), let first = rate(0, kind, repetition), first > 0 else {
                    return nil
                }
                return own / first
            }
            return ratios.count == kinds.count && !ratios.isEmpty ? ratios.reduce(0, +) / Double(ratios.count) : nil
        } others: {
            others(in: $0, arms: [arm, 0], kinds: kinds)
        }
    }

    /// Counts of an arm, of one kind or of all.
    public func counts(of arm: Int, kind: String? = nil) -> DraftCounts {
        var counts = DraftCounts()
        for turn in turns where turn.arm == arm && (kind == nil || turn.kind == kind) {
            for answer in turn.turn.answers { counts.add(answer) }
        }
        return counts
    }

    /// Cores that others kept busy over the whole run; `nil` where the system does not say.
    public var othersCores: Double? {
        let known = turns.filter { $0.othersCores != nil && $0.turn.seconds > 0 }
        let seconds = known.reduce(0) { $0 + $1.turn.seconds }
        return seconds > 0 ? known.reduce(0) { $0 + ($1.othersCores ?? 0) * $1.turn.seconds } / seconds : nil
    }

    private func rate(_ arm: Int, _ kind: String, _ repetition: Int) -> Double? {
        let own = turns.filter { $0.arm == arm && $0.kind == kind && $0.repetition == repetition }
        let seconds = own.reduce(0) { $0 + $1.turn.seconds }
        return seconds > 0 ? Double(own.reduce(0) { $0 + $1.turn.tokenCount }) / seconds : nil
    }

    private func others(in repetition: Int, arms: [Int], kinds: [String]) -> Double? {
        let own = turns.filter {
            arms.contains($0.arm) && kinds.contains($0.kind) && $0.repetition == repetition && $0.othersCores != nil
        }
        let seconds = own.reduce(0) { $0 + $1.turn.seconds }
        return seconds > 0 ? own.reduce(0) { $0 + ($1.othersCores ?? 0) * $1.turn.seconds } / seconds : nil
    }

    private func series(
        name: String, unit: String, value: (Int) -> Double?, others: (Int) -> Double?
    ) -> Series {
        var series = Series(name: name, unit: unit)
        for repetition in 0..<repetitions {
            guard let value = value(repetition) else { continue }
            series.samples.append(Sample(value: value, othersCores: others(repetition)))
        }
        return series
    }
}

extension BenchmarkPrompt {
    fileprivate var identity: String { kind + "\u{0}" + name }
}
