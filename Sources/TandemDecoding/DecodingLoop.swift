/// The one loop: draft, read, judge, keep, for as many conversations as there are.
///
/// Each round makes one pass of the large model over the spans of all conversations: a prompt that is being read, a
/// single token, a drafted block. Small models that draft do so for all conversations together as well. Generating one
/// answer is a loop with one conversation.
///
///     let loop = DecodingLoop(target: target)
///     loop.add(conversation)
///     while !loop.isEmpty {
///         for result in try loop.round() { … }
///     }
///
/// Conversations that are under way go first and share the rows of a pass; long prompts are read in what is left, oldest
/// first, so that a new prompt delays nobody for longer than a pass.
public final class DecodingLoop {
    /// What became of one conversation in a round.
    public struct Result {
        /// Which.
        public let conversation: Conversation
        /// What it said, or why it cannot go on; in that case it has left the loop.
        public let outcome: Swift.Result<Emission, any Error>

        /// A result.
        public init(conversation: Conversation, outcome: Swift.Result<Emission, any Error>) {
            self.conversation = conversation
            self.outcome = outcome
        }
    }

    /// The conversations under way, in the order in which they came.
    public private(set) var conversations: [Conversation] = []
    /// Follows what passes cost, for policies that go by it.
    public var costs: CostMeter?
    private var company = CompanyMeter()
    private let target: any Target
    private let rowLimit: Int

    /// A loop.
    ///
    /// - Parameters:
    ///   - target: The large model.
    ///   - rowLimit: How many tokens the large model should read in one pass at most. More make prompts faster and
    ///     everybody else wait longer.
    ///   - costs: Follows what passes cost, for policies that go by it; nil if none does.
    public init(target: any Target, rowLimit: Int = 512, costs: CostMeter? = nil) {
        self.costs = costs
        precondition(rowLimit > 0, "A pass must be able to read a token.")
        self.target = target
        self.rowLimit = rowLimit
    }

    /// Whether nothing is left to do.
    public var isEmpty: Bool { conversations.isEmpty }

    /// Whether a round would do something: some conversation is not paused.
    public var hasWork: Bool { conversations.contains { !$0.isPaused } }

    /// Adds a conversation. One that has ended already (no tokens were asked for) is told of in the next round.
    public func add(_ conversation: Conversation) {
        conversations.append(conversation)
        conversation.start = conversation.start ?? .now
    }

    /// Takes a conversation out.
    public func remove(_ conversation: Conversation) {
        conversations.removeAll { $0 === conversation }
    }

    /// One pass of the large model.
    ///
    /// Conversations that end leave the loop.
    ///
    /// - Throws: What the large model throws. Every conversation is as it was before.
    public func round() throws -> [Result] {
        var results: [Result] = []
        for conversation in conversations {
            guard let reason = conversation.finishReason else { continue }
            var emission = Emission()
            emission.finish = reason
            results.append(Result(conversation: conversation, outcome: .success(emission)))
        }

        let (planned, failed) = plan()
        results += failed
        if !planned.isEmpty {
            let start = ContinuousClock.now
            let reading = try target.read(planned.map(\.span), capturing: capturedStates(of: planned))
            let end = ContinuousClock.now
            costs?.recordRead(
                rows: planned.reduce(0) { $0 + $1.span.tokens.count }, seconds: (end - start) / .seconds(1))
            var logitRow = 0
            var tokenRow = 0
            for (conversation, span) in planned {
                let roundCount = conversation.metrics.roundCount
                let part = PassReading(
                    logits: reading.logits, logitRow: logitRow, hiddenStates: reading.hiddenStates, tokenRow: tokenRow)
                let outcome = Swift.Result { try conversation.take(span, part) }
                logitRow += span.logitCount
                tokenRow += span.tokens.count
                let hasToken = conversation.metrics.roundCount > roundCount
                measure(conversation, read: end - start, hasToken: hasToken, at: end)
                results.append(Result(conversation: conversation, outcome: outcome))
            }
        }
        for result in results where result.isLast { remove(result.conversation) }
        return results
    }

    private func capturedStates(of planned: [(conversation: Conversation, span: TargetSpan)]) -> Set<Int> {
        var states = planned[0].conversation.capturedStates
        for (conversation, _) in planned.dropFirst() where conversation.capturedStates != states {
            states.formUnion(conversation.capturedStates)
        }
        return states
    }

    private func plan() -> (planned: [(conversation: Conversation, span: TargetSpan)], failed: [Result]) {
        let active = conversations.filter { $0.finishReason == nil && !$0.isPaused }
        // A conversation under way has one unread token; all others are reading their prompts.
        var speaking = active.filter { $0.unreadCount == 1 }
        // However many speak, the oldest prompt gets on: a row is left for it.
        let share = max(1, (rowLimit - (speaking.count < active.count ? 1 : 0)) / max(1, speaking.count))
        let failed = draft(for: &speaking, rowLimit: share)
        var planned = speaking.map { (conversation: $0, span: $0.plan(rowLimit: share)) }
        var rows = planned.reduce(0) { $0 + $1.span.tokens.count }
        company.recordRead(conversationCount: speaking.count, draftRows: rows - speaking.count)
        for (index, conversation) in active.filter({ $0.unreadCount > 1 }).enumerated() {
            let left = max(rowLimit - rows, index == 0 ? 1 : 0)
            guard left > 0 else { break }
            let span = conversation.plan(rowLimit: left)
            planned.append((conversation, span))
            rows += span.tokens.count
        }
        return (planned, failed)
    }

    /// Gives each conversation its draft. One whose drafter fails is taken out and told of.
    private func draft(for speaking: inout [Conversation], rowLimit: Int) -> [Result] {
        var passes: [DraftPass] = []
        var waiting: [(conversation: Conversation, pass: Int, seat: Int)] = []
        var failures: [Result] = []
        let company = company.company(conversationCount: speaking.count)
        func fail(_ conversation: Conversation, _ error: any Error) {
            failures.append(Result(conversation: conversation, outcome: .failure(error)))
        }
        for conversation in speaking {
            let start = ContinuousClock.now
            do {
                let outlook = RoundOutlook(
                    company: company, costs: costs?.costs(with: conversation.draftModel))
                guard let (request, proposal) = try conversation.propose(rowLimit: rowLimit, outlook: outlook) else {
                    continue
                }
                switch proposal {
                case .draft(let draft): conversation.take(draft, limit: request.limit)
                case .pass(let model, let memory, let limit):
                    var request = request
                    request.limit = min(limit, request.limit)
                    let place = passes.firstIndex { $0.model === model } ?? passes.endIndex
                    if place == passes.endIndex { passes.append(DraftPass(model)) }
                    if let seat = passes[place].add(request, memory: memory) {
                        waiting.append((conversation, place, seat))
                    } else {
                        conversation.take(Draft(source: model.source), limit: request.limit)
                    }
                }
            } catch {
                fail(conversation, error)
            }
            conversation.metrics.draftDuration += ContinuousClock.now - start
        }
        for place in passes.indices {
            let start = ContinuousClock.now
            let outcome = Swift.Result { try passes[place].run() }
            let duration = ContinuousClock.now - start
            costs?.recordDraft(passes[place], seconds: duration / .seconds(1))
            for (conversation, pass, seat) in waiting where pass == place {
                conversation.metrics.draftDuration += duration
                switch outcome {
                case .success:
                    let made = passes[place].seats[seat]
                    conversation.take(made.draft, limit: made.request.limit)
                case .failure(let error): fail(conversation, error)
                }
            }
        }
        self.company.recordDrafts(conversationCount: speaking.count, passes: passes)
        if !failures.isEmpty {
            speaking.removeAll { conversation in failures.contains { $0.conversation === conversation } }
        }
        return failures
    }

    private func measure(
        _ conversation: Conversation, read: Duration, hasToken: Bool, at end: ContinuousClock.Instant
    ) {
        conversation.metrics.readDuration += read
        guard hasToken, let start = conversation.start else { return }
        if conversation.metrics.promptDuration == .zero {
            conversation.metrics.promptDuration = end - start
        } else {
            conversation.metrics.verifyDuration += read
            conversation.metrics.decodeDuration = end - start - conversation.metrics.promptDuration
        }
    }
}

extension DecodingLoop.Result {
    /// Whether the conversation has left the loop.
    public var isLast: Bool {
        switch outcome {
        case .success(let emission): emission.finish != nil
        case .failure: true
        }
    }
}
