import TandemDecoding

/// An answer as it is made.
///
///     for try await event in engine.generate(request) {
///         switch event {
///         case .chunk(let text, _): show(text)
///         case .finished(let summary): show(summary.metrics)
///         }
///     }
///
/// The model works ahead of the reader by a bounded number of events and then waits. An answer that is no longer read
/// ends: when the task that reads it is cancelled, or when the stream and its iterators are gone. ``stop()`` ends
/// it politely, with a summary. A stream has one reader.
public struct TokenStream: AsyncSequence, Sendable {
    private let subscription: Subscription

    init(mailbox: Mailbox, service: GenerationService?) {
        subscription = Subscription(mailbox: mailbox, service: service)
    }

    /// Reads the events.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let subscription: Subscription

        /// The next event; nil after the summary, or if the task was cancelled.
        public mutating func next() async throws -> GenerationEvent? {
            try await subscription.mailbox.next()
        }
    }

    /// An iterator; the stream's events go to whichever asks first.
    public func makeAsyncIterator() -> Iterator { Iterator(subscription: subscription) }

    /// How far the prompt has been read; `nil` until its turn comes.
    ///
    /// Long prompts are read in passes, and this tells of each; it may be asked while another task waits for events.
    public var promptProgress: PromptProgress? { subscription.mailbox.promptProgress }

    /// Ends the answer. What was said remains to be read, and then the summary.
    public func stop() { subscription.mailbox.stop() }

    /// Waits for the whole answer.
    ///
    /// - Throws: `CancellationError` if the task is cancelled, or why the answer failed.
    public func result() async throws -> GenerationResult {
        var text = ""
        var tokens: [EmittedToken] = []
        for try await event in self {
            switch event {
            case .chunk(let piece, let new):
                text += piece
                tokens += new
            case .finished(let summary):
                return GenerationResult(text: text, tokens: tokens, summary: summary)
            }
        }
        throw CancellationError()
    }
}

/// Lives as long as somebody may read the stream.
private final class Subscription: Sendable {
    let mailbox: Mailbox
    /// The service works at least until its answers are read.
    private let service: GenerationService?

    init(mailbox: Mailbox, service: GenerationService?) {
        self.mailbox = mailbox
        self.service = service
    }

    deinit { mailbox.abandon() }
}
