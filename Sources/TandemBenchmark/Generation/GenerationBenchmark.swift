/// Several arms that answer the same prompts in turns.
///
///     repetition 1   prompt 1: A B C   prompt 2: B C A   …
///     repetition 2   prompt 1: B C A   prompt 2: C A B   …
///
/// All arms answer a prompt before any goes on to the next one, in an order that moves on by one each time: whatever disturbs
/// the machine disturbs all of them alike, and none always follows the same other one. Before that, each answers
/// the first prompts once for nothing, which pages memory in and lets adaptive arms get to know the machine.
public struct GenerationBenchmark {
    /// What is compared; the first is what the others are compared with.
    public let arms: [GenerationArm]
    /// Prompts that are answered at once, one after the other.
    public let turns: [[BenchmarkPrompt]]
    /// How often everything is done.
    public let repetitions: Int
    private let meter: LoadMeter

    /// A benchmark.
    ///
    /// - Parameters:
    ///   - arms: One or more; the first is what the others are compared with.
    ///   - prompts: What they answer. Those of a kind should stand together.
    ///   - conversations: How many prompts are answered at once.
    ///   - repetitions: How often everything is done; medians count.
    ///   - meter: Knows which processes are ours.
    public init(
        arms: [GenerationArm], prompts: [BenchmarkPrompt], conversations: Int = 1, repetitions: Int, meter: LoadMeter
    ) {
        precondition(!arms.isEmpty && repetitions > 0 && conversations > 0, "A benchmark does something at least once.")
        self.arms = arms
        self.repetitions = repetitions
        self.meter = meter
        // Kinds are not mixed in a turn, because results are told kind by kind.
        var kinds: [String] = []
        for prompt in prompts where !kinds.contains(prompt.kind) { kinds.append(prompt.kind) }
        turns = kinds.flatMap { kind in
            let ofKind = prompts.filter { $0.kind == kind }
            return stride(from: 0, to: ofKind.count, by: conversations).map {
                Array(ofKind[$0..<min($0 + conversations, ofKind.count)])
            }
        }
    }

    /// How many turns ``run(progress:)`` will take, the ones for nothing included.
    public var turnCount: Int { arms.count * ((turns.isEmpty ? 0 : 1) + repetitions * turns.count) }

    /// Does everything.
    ///
    /// - Parameter progress: Called after each turn with how many are done.
    /// - Throws: What an arm throws, or ``BenchmarkError`` if it answered fewer prompts than it was given.
    public func run(progress: (Int) throws -> Void = { _ in }) async throws -> GenerationComparison {
        var comparison = GenerationComparison(
            arms: arms.map { .init(name: $0.name, promise: $0.promise) }, repetitions: repetitions)
        var doneCount = 0
        func take(_ arm: Int, _ prompts: [BenchmarkPrompt]) async throws -> (ArmTurn, Double?) {
            let before = meter.now()
            let turn = try await arms[arm].answer(prompts)
            let others = meter.now().coresUsedByOthers(since: before)
            guard turn.answers.count == prompts.count else {
                throw BenchmarkError("\(arms[arm].name) answered \(turn.answers.count) of \(prompts.count) prompts.")
            }
            doneCount += 1
            try progress(doneCount)
            return (turn, others)
        }
        if let first = turns.first {
            for arm in arms.indices { _ = try await take(arm, first) }
        }
        for repetition in 0..<repetitions {
            for (index, prompts) in turns.enumerated() {
                for offset in arms.indices {
                    let arm = (offset + index + repetition) % arms.count
                    let (turn, others) = try await take(arm, prompts)
                    comparison.record(turn, of: prompts, arm: arm, repetition: repetition, othersCores: others)
                }
            }
        }
        return comparison
    }
}
