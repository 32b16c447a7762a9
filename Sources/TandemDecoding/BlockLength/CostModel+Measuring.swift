import TandemMath

extension CostModel.Curve {
    /// Measures what passes of a large model cost here and now, in half a second or less.
    ///
    /// A model that takes so long for a pass that this would take longer gets the curve that is assumed, at its own scale:
    /// its passes will soon teach better (``CostMeter``).
    ///
    /// - Parameters:
    ///   - target: The large model. A memory of it is used and given back.
    ///   - contextLength: How many tokens the conversation has that is measured.
    /// - Throws: What the model throws.
    public init(readingWith target: any Target, contextLength: Int = 128) throws {
        let measurement = CostMeasurement(target, contextLength: contextLength)
        let plainStep = try measurement.plainStep()
        self =
            plainStep > CostMeasurement.longestStep
            ? CostModel.assumed.read.scaled(by: plainStep)
            : try measurement.read(counts: [1, 2, 3, 4, 6, 8, 12, 16, 32])
    }
}

extension DraftCosts {
    /// Measures what a drafter's steps cost here and now; assumes them beside a large model that takes too long for that.
    ///
    /// - Parameters:
    ///   - makeDrafter: Makes a drafter for a conversation.
    ///   - target: The large model. Memories of it are used and given back.
    ///   - plainStep: Seconds that a step of the large model takes.
    ///   - contextLength: How many tokens a single conversation has.
    /// - Throws: What the models throw.
    public init(
        measuring makeDrafter: () throws -> any Drafter, with target: any Target, plainStep: Double,
        contextLength: Int = 128
    ) throws {
        guard plainStep <= CostMeasurement.longestStep else {
            let assumed = CostModel.assumed
            self.init(step: assumed.draft.scaled(by: plainStep), start: assumed.draftStart * plainStep)
            return
        }
        self = try CostMeasurement(target, contextLength: contextLength).draft(makeDrafter, counts: [1, 2, 4, 8])
    }
}

/// Times passes. Of several turns the middle one counts.
private struct CostMeasurement {
    private static let turnCount = 5
    private static let stepCount = 4
    /// Seconds: with fifty to sixty passes of two steps in the mean, a measurement then takes about a second.
    static let longestStep = 0.01
    let target: any Target
    let prompt: [Int]

    init(_ target: any Target, contextLength: Int) {
        self.target = target
        // Any tokens will do: the arithmetic is the same for all.
        prompt = (0..<max(1, min(contextLength, target.contextLength - 64))).map {
            ($0 * 131) % target.vocabularyCount
        }
    }

    /// About what a step takes, in a text that has just begun.
    func plainStep() throws -> Double {
        let memory = try target.open()
        defer { target.close(memory) }
        let span = TargetSpan(memory: memory, tokens: [prompt[0]], logitCount: 1)
        // The first one touches memory that nobody has touched.
        _ = try target.read([span], capturing: [])
        return try Self.time { _ = try target.read([span], capturing: []) }
    }

    func read(counts: [Int]) throws -> CostModel.Curve {
        let memory = try target.open()
        defer { target.close(memory) }
        _ = try target.read([TargetSpan(memory: memory, tokens: prompt, logitCount: 0)], capturing: [])
        var seconds: [[Double]] = counts.map { _ in [] }
        // Turn by turn, so that what disturbs one count for a while disturbs all.
        for _ in 0...Self.turnCount {
            for (index, count) in counts.enumerated() where prompt.count + count <= target.contextLength {
                let span = TargetSpan(
                    memory: memory, tokens: Array(prompt.cycled(count)), logitCount: count)
                seconds[index].append(try Self.time { _ = try target.read([span], capturing: []) })
                target.keep(prompt.count, in: memory)
            }
        }
        let measured = zip(counts, seconds).filter { $0.1.count > 1 }
        return CostModel.Curve(
            counts: measured.map(\.0), seconds: measured.map { Self.median($0.1.dropFirst()) })
    }

    /// Steps, for each number of conversations, and what the first after a pass of the large model takes more: the weights are out
    /// of the caches, and new states are to be made memory.
    func draft(_ makeDrafter: () throws -> any Drafter, counts: [Int]) throws -> DraftCosts {
        var seconds: [Double] = []
        var start = 0.0
        for count in counts {
            // A step hardly depends on what stands before it, and every conversation's text has to be read first.
            let prompt = count == 1 ? prompt : Array(prompt.prefix(16))
            var drafters: [any Drafter] = []
            for _ in 0..<count { drafters.append(try makeDrafter()) }
            let memories = try drafters.map { _ in try target.open() }
            defer { for memory in memories { target.close(memory) } }
            for index in drafters.indices {
                let span = TargetSpan(memory: memories[index], tokens: prompt, logitCount: 1)
                let reading = try target.read([span], capturing: drafters[index].capturedStates)
                try drafters[index].confirm(prompt + [0])
                try drafters[index].absorb(
                    StateRows(hiddenStates: reading.hiddenStates, rows: 0..<prompt.count, position: 0))
            }
            var turns: [Double] = []
            var firsts: [Double] = []
            for turn in 0...Self.turnCount {
                turns.append(
                    try Self.time { try pass(of: &drafters, length: Self.stepCount) } / Double(Self.stepCount))
                guard count == 1 else { continue }
                // A round as it is: the large model reads the last token, whose states become memory in the first step.
                // No two tokens follow each other twice, so that no look-up has an idea.
                let span = TargetSpan(memory: memories[0], tokens: [turn], logitCount: 1)
                let reading = try target.read([span], capturing: drafters[0].capturedStates)
                try drafters[0].confirm([turn + 1])
                try drafters[0].absorb(
                    StateRows(hiddenStates: reading.hiddenStates, rows: 0..<1, position: prompt.count + turn))
                firsts.append(try Self.time { try pass(of: &drafters, length: 1) })
            }
            seconds.append(Self.median(turns.dropFirst()))
            if count == 1 { start = max(0, Self.median(firsts.dropFirst()) - seconds[0]) }
        }
        return DraftCosts(step: CostModel.Curve(counts: counts, seconds: seconds), start: start)
    }

    private func pass(of drafters: inout [any Drafter], length: Int) throws {
        let sampler = try Sampler(.greedy, seed: 1, vocabularyCount: target.vocabularyCount, prompt: prompt)
        let request = DraftRequest(limit: length, policy: FixedLength(length, topCount: 0), sampler: sampler)
        var passes: [DraftPass] = []
        for index in drafters.indices {
            guard case .pass(let model, let memory, let limit) = try drafters[index].draft(request) else { continue }
            var request = request
            request.limit = min(limit, request.limit)
            if passes.isEmpty { passes.append(DraftPass(model)) }
            _ = passes[0].add(request, memory: memory)
        }
        for index in passes.indices { try passes[index].run() }
    }

    private static func time(_ body: () throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        try body()
        return (ContinuousClock.now - start) / .seconds(1)
    }

    private static func median(_ values: ArraySlice<Double>) -> Double {
        let sorted = values.sorted()
        return sorted[sorted.count / 2]
    }
}

extension [Int] {
    /// The first `count`, beginning anew at the end.
    fileprivate func cycled(_ count: Int) -> [Int] { (0..<count).map { self[$0 % self.count] } }
}
