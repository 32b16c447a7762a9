import TandemDecoding
import TandemMath

/// The work of a ``GenerationService``'s thread. Everything here is that thread's own.
final class DecodingThread {
    private let limits: GenerationService.Limits
    private let target: any Target
    private let queue: JobQueue
    private let loop: DecodingLoop
    private let draftModels: DraftModels
    private var mailboxes: [ObjectIdentifier: Mailbox] = [:]
    /// Memories of conversations that have ended, oldest first.
    private var retained: [RetainedMemory] = []

    init(limits: GenerationService.Limits, target: any Target, pool: ComputePool, queue: JobQueue) {
        self.limits = limits
        self.target = target
        self.queue = queue
        draftModels = DraftModels(target: target, pool: pool)
        loop = DecodingLoop(target: target, rowLimit: max(1, limits.rowCount))
    }

    /// Works until the service is gone.
    func run() {
        while !queue.isClosed {
            dropStopped()
            admit()
            for conversation in loop.conversations { conversation.isPaused = mailbox(conversation)?.isFull ?? false }
            guard loop.hasWork else {
                queue.wait()
                continue
            }
            do {
                for result in try loop.round() { deliver(result) }
            } catch {
                for conversation in loop.conversations { fail(conversation, error) }
            }
        }
        for conversation in loop.conversations { end(conversation) }
        while let (_, mailbox) = queue.next() { mailbox.finish(.failure(CancellationError())) }
        for memory in retained { target.close(memory.memory) }
    }

    private func mailbox(_ conversation: Conversation) -> Mailbox? { mailboxes[ObjectIdentifier(conversation)] }

    // MARK: Coming

    private func admit() {
        while loop.conversations.count < max(1, limits.conversationCount), let (job, mailbox) = queue.next() {
            guard !mailbox.isStopped else {
                mailbox.finish(.failure(CancellationError()))
                continue
            }
            do {
                let speculation = try job.speculation(draftModels)
                loop.costs = draftModels.meter
                let (beginning, isShared) = beginning(for: job.prompt)
                let conversation = try Conversation(
                    prompt: job.prompt, sampling: job.sampling, seed: .random(in: .min ... .max), stop: job.stop,
                    text: job.text(), speculation: speculation,
                    topLogProbabilityCount: job.topLogProbabilityCount, retained: beginning, isShared: isShared,
                    target: target)
                mailboxes[ObjectIdentifier(conversation)] = mailbox
                loop.add(conversation)
            } catch {
                mailbox.finish(.failure(error))
            }
        }
    }

    /// Tokens that a fork must save to be worth its copy of a page.
    private static let leastSharedCount = 16

    /// The memory that shares the longest beginning with a prompt, if any shares one, and whether it is needed elsewhere.
    ///
    /// A conversation under way goes on, and one that has ended may be continued by another prompt: their beginnings are
    /// shared. A memory that the prompt continues, or the only one that is kept, is handed over.
    private func beginning(for prompt: [Int]) -> (RetainedMemory?, isShared: Bool) {
        func sharedCount(_ memory: RetainedMemory) -> Int { zip(memory.tokens, prompt).prefix { $0 == $1 }.count }
        let ended = retained.indices.map { (index: $0, count: sharedCount(retained[$0])) }.max { $0.count < $1.count }
        let current = loop.conversations.map { (conversation: $0, count: $0.sharedCount(prompt)) }
            .max { $0.count < $1.count }
        if let current, current.count >= (ended?.count ?? 0) + Self.leastSharedCount {
            return (current.conversation.shared, true)
        }
        guard let ended, ended.count > 0 else { return (nil, false) }
        let lostCount = retained[ended.index].tokens.count - ended.count
        if lostCount >= Self.leastSharedCount, limits.retainedCount > 1 {
            return ended.count >= Self.leastSharedCount ? (retained[ended.index], true) : (nil, false)
        }
        return (retained.remove(at: ended.index), false)
    }

    // MARK: Going

    private func dropStopped() {
        for conversation in loop.conversations where mailbox(conversation)?.isStopped ?? true { end(conversation) }
        for mailbox in queue.removeStopped() { mailbox.finish(.failure(CancellationError())) }
    }

    /// Ends an answer that nobody wants, with what was held back and a summary.
    private func end(_ conversation: Conversation) {
        deliver(.init(conversation: conversation, outcome: .success(conversation.cancel())))
    }

    private func deliver(_ result: DecodingLoop.Result) {
        let conversation = result.conversation
        guard let mailbox = mailbox(conversation) else { return }
        switch result.outcome {
        case .success(let emission):
            if conversation.metrics.roundCount <= 1 {
                let count = conversation.metrics.promptTokenCount
                let isRead = conversation.metrics.roundCount > 0
                mailbox.note(PromptProgress(readCount: isRead ? count : count - conversation.unreadCount, count: count))
            }
            if !emission.tokens.isEmpty || !emission.text.isEmpty {
                mailbox.deliver(.chunk(text: emission.text, tokens: emission.tokens))
            }
            guard let reason = emission.finish else { return }
            draftModels.tellCosts()
            mailbox.deliver(
                .finished(
                    GenerationSummary(finishReason: reason, seed: conversation.seed, metrics: conversation.metrics)))
            mailbox.finish(.success(()))
            forget(conversation)
            retain(conversation.retire())
        case .failure(let error):
            fail(conversation, error)
        }
    }

    private func fail(_ conversation: Conversation, _ error: any Error) {
        mailbox(conversation)?.finish(.failure(error))
        forget(conversation)
        conversation.close()
    }

    private func forget(_ conversation: Conversation) {
        loop.remove(conversation)
        mailboxes[ObjectIdentifier(conversation)] = nil
    }

    private func retain(_ memory: RetainedMemory) {
        retained.append(memory)
        while retained.count > max(0, limits.retainedCount) { target.close(retained.removeFirst().memory) }
    }
}
