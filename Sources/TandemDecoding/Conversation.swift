import TandemMath

/// One answer in the making: what was said, what is to be read next, and what becomes of the result.
///
/// In a round, models draft and read for many conversations in one pass, and between the passes each conversation acts for
/// itself:
///
///     propose  a draft, if one makes sense, perhaps by a small model that drafts for others too
///     plan     what the large model has not read yet (the prompt, or the last token), and the draft after it
///     read                                                       ── ``Target/read(_:capturing:)``
///     take     judge the draft, keep what stands, choose the token after it
///
/// So reading the prompt, one plain step, and verifying a block are one and the same: a span of unread tokens with
/// a draft of zero or more. ``DecodingLoop`` turns the wheel.
public final class Conversation {
    /// The prompt, then every token that was chosen, the one that ended the answer included.
    public private(set) var tokens: [Int]
    /// What it took so far.
    public internal(set) var metrics = DecodingMetrics()
    /// The seed in use.
    public var seed: UInt64 { sampler.seed }
    /// Why the answer has ended, if it has.
    public var finishReason: FinishReason? { answer.finish }

    /// Whether rounds pass it by: whoever reads its answer has not kept up.
    public var isPaused = false
    /// When it came into a loop.
    var start: ContinuousClock.Instant?

    private let target: any Target
    let memory: TargetMemory
    private var isOpen = true
    /// How many of the tokens the large model has read.
    private var readCount: Int
    private var sampler: Sampler
    private var answer: AnswerText
    private var speculation: Speculation
    /// The hidden states that drafter and rule want.
    let capturedStates: Set<Int>
    private let topLogProbabilityCount: Int?
    /// The draft, and ...
    private var wholeDraft = Draft()
    /// ... what of it is being read.
    private var draft = Draft()
    /// Whether the pass under way will choose tokens, or only reads on in the prompt.
    private var choosesTokens = false

    /// Begins an answer to `prompt`.
    ///
    /// - Parameters:
    ///   - prompt: What to continue.
    ///   - sampling: How tokens are chosen.
    ///   - stop: When the answer ends.
    ///   - speculation: Who guesses ahead.
    ///   - target: The large model.
    ///   - seed: Used if `sampling` names none.
    ///   - text: Makes text of the tokens; ``NoText`` if only tokens are wanted.
    ///   - topLogProbabilityCount: How many of the likeliest tokens to report with each token; 0 for the chosen one only,
    ///     `nil` for no log probabilities.
    ///   - retained: What ``retire()`` gave for an earlier answer, or what ``shared`` is of another. Its memory is used as far as the
    ///     prompts agree and the drafter knows what it must of it.
    ///   - isShared: Whether `retained` stays in use, so that its memory is forked.
    /// - Throws: ``GenerationError``. `retained` is given back then, if it is not shared.
    public init(
        prompt: [Int], sampling: Sampling, seed: UInt64, stop: StopCondition, text: any IncrementalText,
        speculation: Speculation = .none, topLogProbabilityCount: Int? = nil, retained: RetainedMemory? = nil,
        isShared: Bool = false, target: any Target
    ) throws {
        do {
            try Conversation.check(prompt, target)
            sampler = try Sampler(
                sampling, seed: sampling.seed ?? seed, vocabularyCount: target.vocabularyCount, prompt: prompt)
            self.speculation = speculation
            // The last token is always read, for its logits.
            readCount = min(prompt.count - 1, zip(prompt, retained?.tokens ?? []).prefix { $0 == $1 }.count)
            if readCount > 0, let earlier = retained?.drafter {
                readCount = min(
                    readCount, self.speculation.drafter.resume(earlier, count: readCount, isShared: isShared))
            }
            try self.speculation.drafter.confirm(prompt)
            if isShared, let earlier = retained {
                let fork = readCount > 0 ? try target.fork(earlier.memory, count: readCount) : nil
                if fork == nil { readCount = 0 }
                memory = try fork ?? target.open()
            } else {
                memory = try retained?.memory ?? target.open()
            }
        } catch {
            if let retained, !isShared { target.close(retained.memory) }
            throw error
        }
        tokens = prompt
        capturedStates = speculation.drafter.capturedStates.union(speculation.rule.capturedStates)
        target.keep(readCount, in: memory)
        answer = AnswerText(stop, room: target.contextLength - prompt.count, text: text)
        self.topLogProbabilityCount = topLogProbabilityCount
        self.target = target
        metrics.promptTokenCount = prompt.count
        metrics.reusedTokenCount = readCount
    }

    deinit { close() }

    private static func check(_ prompt: [Int], _ target: any Target) throws {
        guard !prompt.isEmpty else { throw GenerationError.emptyPrompt }
        // One token at least must find room.
        guard prompt.count < target.contextLength else {
            throw GenerationError.promptTooLong(tokenCount: prompt.count, contextLength: target.contextLength)
        }
        for token in prompt where token < 0 || token >= target.vocabularyCount {
            throw GenerationError.unknownToken(
                token: token, place: "The prompt", vocabularyCount: target.vocabularyCount)
        }
    }

    // MARK: A round

    /// How many tokens the large model has yet to read, drafts aside.
    public var unreadCount: Int { tokens.count - readCount }

    /// The model that may draft.
    var draftModel: (any DraftModel)? { speculation.drafter.draftModel }

    /// Asks for a draft to be read in a pass of at most `rowLimit` tokens; nil if none makes sense now.
    func propose(rowLimit: Int, outlook: RoundOutlook) throws -> (DraftRequest, Proposal)? {
        precondition(rowLimit > 0 && answer.finish == nil, "A finished conversation has nothing to read.")
        draft = Draft()
        wholeDraft = draft
        // Drafting begins once the prompt was read: a drafter that goes by what the large model has read has nothing before.
        // If the token after the draft is chosen as well, a draft as long as the rest would say one too many.
        let limit = min(rowLimit, answer.remainingCount) - (speculation.rule.takesFreeToken ? 1 : 0)
        guard limit > 0, unreadCount == 1 else { return nil }
        // Where the text depends on what is drafted, it must depend neither on clocks nor on who else is answered.
        let isText = speculation.rule.fidelity == .sameText
        speculation.blockLength.begin(isText ? outlook : RoundOutlook())
        let request = DraftRequest(
            limit: limit, policy: speculation.blockLength,
            sampler: sampler.drafting(with: speculation.rule.draftNoise, number: metrics.roundCount),
            keepsLogits: speculation.rule.needsDraftLogits)
        return (request, try speculation.drafter.draft(request))
    }

    /// Has this draft read with the next span, as far as that pays.
    func take(_ draft: Draft, limit: Int) {
        let isDraft = draft.tokens.allSatisfy { $0 >= 0 && $0 < target.vocabularyCount }
        precondition(draft.tokens.count <= limit && isDraft, "A drafter has guessed too much, or no token.")
        wholeDraft = draft
        // Where the text depends on what is read, it must not depend on what was drawn. A look-up draws nothing.
        let isTrimmed = speculation.rule.fidelity == .sameText || draft.source == .lookup
        self.draft = isTrimmed ? draft.prefix(speculation.blockLength.readCount(of: draft)) : draft
    }

    /// What the large model should read next, in at most `rowLimit` tokens.
    func plan(rowLimit: Int) -> TargetSpan {
        // Where the large model has no say, the last token of the prompt is left for the drafter to go on from.
        let readsAll = speculation.rule.takesFreeToken || unreadCount == 1
        choosesTokens = readsAll && unreadCount <= rowLimit
        guard choosesTokens else {
            let count = min(rowLimit, unreadCount - (readsAll ? 0 : 1))
            return TargetSpan(
                memory: memory, tokens: Array(tokens[readCount..<readCount + count]), logitCount: 0)
        }
        if !speculation.rule.takesFreeToken, !draft.tokens.isEmpty {
            return TargetSpan(
                memory: memory, tokens: tokens[readCount...] + draft.tokens.dropLast(),
                logitCount: topLogProbabilityCount == nil ? 0 : draft.tokens.count)
        }
        return TargetSpan(
            memory: memory, tokens: tokens[readCount...] + draft.tokens, logitCount: 1 + draft.tokens.count)
    }

    /// Takes what the large model made of `span`.
    func take(_ span: TargetSpan, _ reading: PassReading) throws -> Emission {
        guard choosesTokens else {
            try keep(span.tokens.count, reading)
            metrics.promptPassCount += 1
            return Emission()
        }
        // The token before the draft is the last of those that were unread.
        let before = unreadCount - 1
        let verdict = try speculation.rule.judge(
            draft,
            against: SpanReading(
                logits: reading.logits, row: reading.logitRow,
                states: reading.states(
                    from: before, count: span.tokens.count - before, position: readCount + before)),
            using: &sampler)
        let standing = verdict.acceptedCount + (verdict.isNextDrafted ? 1 : 0)
        speculation.blockLength.learn(from: wholeDraft, readCount: draft.tokens.count, acceptedCount: standing)

        let chosen = draft.tokens.prefix(verdict.acceptedCount) + [verdict.next]
        let firstNew = tokens.count
        var emission = Emission()
        for (index, token) in chosen.enumerated() where answer.finish == nil {
            let text = answer.append(token)
            tokens.append(token)
            if case .endOfText? = answer.finish {
                emission.text += text
                break
            }
            emission.text += text
            emission.tokens.append(
                EmittedToken(
                    token: token, text: text, source: index < standing ? draft.source : .none,
                    logProbabilities: topLogProbabilityCount.map {
                        LogProbabilities(of: token, topCount: $0, row: reading.logitRow + index, of: reading.logits)
                    }))
        }
        metrics.answerTokenCount += emission.tokens.count
        // What stands behind the answer's end is of no use to it.
        metrics.record(drafted: draft.tokens.count, accepted: min(standing, tokens.count - firstNew))
        emission.finish = answer.finish
        // A token that ended the answer inside the draft leaves later ones read: they are forgotten, too.
        try keep(min(firstNew + verdict.acceptedCount, tokens.count) - readCount, reading)
        try speculation.drafter.confirm(Array(tokens[firstNew...]))
        return emission
    }

    /// Keeps the first `count` tokens of those that were read last, and their states.
    private func keep(_ count: Int, _ reading: PassReading) throws {
        if !speculation.drafter.capturedStates.isEmpty {
            try speculation.drafter.absorb(reading.states(from: 0, count: count, position: readCount))
        }
        readCount += count
        target.keep(readCount, in: memory)
    }

    // MARK: The end

    /// Ends the answer from outside; returns text that was held back.
    public func cancel() -> Emission {
        var emission = Emission()
        emission.text = answer.end(.cancelled)
        emission.finish = answer.finish
        return emission
    }

    /// Gives the memory back. Happens by itself when the conversation is no longer referred to.
    public func close() {
        guard isOpen else { return }
        isOpen = false
        target.close(memory)
    }

    /// What is remembered of it, for another conversation whose prompt begins alike to share while this one goes on.
    public var shared: RetainedMemory {
        RetainedMemory(memory: memory, tokens: Array(tokens.prefix(readCount)), drafter: speculation.drafter)
    }

    /// How many tokens at the beginning of `prompt` it has read.
    public func sharedCount(_ prompt: [Int]) -> Int { zip(tokens.prefix(readCount), prompt).prefix { $0 == $1 }.count }

    /// Ends the conversation but keeps its memory for another one whose prompt begins alike.
    public func retire() -> RetainedMemory {
        precondition(isOpen, "The memory of this conversation was given back already.")
        isOpen = false
        return RetainedMemory(memory: memory, tokens: Array(tokens.prefix(readCount)), drafter: speculation.drafter)
    }
}

/// A pass of the large model, from where a conversation's rows begin.
struct PassReading {
    let logits: Matrix
    let logitRow: Int
    let hiddenStates: [Int: Matrix]
    let tokenRow: Int

    /// States of `count` tokens after the first `offset` of the span.
    func states(from offset: Int, count: Int, position: Int) -> StateRows {
        let first = tokenRow + offset
        return StateRows(hiddenStates: hiddenStates, rows: first..<first + count, position: position)
    }
}

/// What is remembered of a conversation: one that has ended, or one whose beginning another shares.
public struct RetainedMemory {
    /// Where the large model remembers it.
    public let memory: TargetMemory
    /// What was read.
    public let tokens: [Int]
    /// What the drafter knows of it.
    public let drafter: any Drafter
}
