/// Guesses with a small model that reads the large one's states.
///
///     let drafting = TandemDraftModel(small, contextLength: target.contextLength, pool: pool)   // once
///     Speculation(drafter: TandemDrafter(drafting), blockLength: FixedLength(3))                // for each conversation
///
/// It makes no pass over the prompt and none to catch up: the states that reading leaves anyway become its memory, and
/// a rejected guess is forgotten by not becoming memory.
public final class TandemDrafter: Drafter {
    private let model: TandemDraftModel
    private var memory: DraftMemory

    /// A drafter for a new conversation.
    public init(_ model: TandemDraftModel) {
        self.model = model
        memory = model.open()
    }

    deinit { model.close(memory) }

    /// The small model.
    public var draftModel: (any DraftModel)? { model }

    /// What the small model was trained to read.
    public var capturedStates: Set<Int> { model.capturedStates }

    /// Takes over the memory of another drafter with the same model.
    public func resume(_ earlier: any Drafter, count: Int, isShared: Bool) -> Int {
        guard let earlier = earlier as? TandemDrafter, earlier.model === model else {
            return model.capturedStates.isEmpty ? count : 0
        }
        if isShared {
            model.close(memory)
            memory = model.fork(earlier.memory, count: count)
        } else {
            swap(&memory, &earlier.memory)
        }
        return model.keep(count, in: memory)
    }

    /// Takes note of tokens, which it may guess again; the last is the one to be read first.
    public func confirm(_ tokens: [Int]) { model.confirm(tokens, in: memory) }

    /// Takes states, to become memory when they are needed.
    public func absorb(_ states: StateRows) throws { try model.absorb(states, in: memory) }

    /// Asks the model.
    public func draft(_ request: DraftRequest) -> Proposal {
        .pass(of: model, memory: memory, limit: min(request.limit, model.room(in: memory)))
    }
}
