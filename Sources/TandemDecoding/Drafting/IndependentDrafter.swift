/// Guesses with an ordinary small model that has the large one's vocabulary and knows nothing else of it: ordinary
/// speculative decoding (Leviathan et al., 2023), the baseline of the tandem.
///
///     let drafting = IndependentDraftModel(model, pool: pool)                               // once
///     Speculation(drafter: IndependentDrafter(drafting), blockLength: FixedLength(3))       // for each conversation
public final class IndependentDrafter: Drafter {
    private let model: IndependentDraftModel
    private var memory: DraftMemory

    /// A drafter for a new conversation.
    public init(_ model: IndependentDraftModel) {
        self.model = model
        memory = model.open()
    }

    deinit { model.close(memory) }

    /// The small model.
    public var draftModel: (any DraftModel)? { model }

    /// Takes over what another drafter with the same model has read.
    public func resume(_ earlier: any Drafter, count: Int, isShared: Bool) -> Int {
        guard let earlier = earlier as? IndependentDrafter, earlier.model === model else { return count }
        if isShared {
            model.close(memory)
            memory = model.fork(earlier.memory, count: count)
        } else {
            swap(&memory, &earlier.memory)
            model.forgetConfirmed(in: memory)
        }
        return count
    }

    /// Takes note of tokens, to be read with the next guess.
    public func confirm(_ tokens: [Int]) { model.confirm(tokens, in: memory) }

    /// Asks the model.
    public func draft(_ request: DraftRequest) -> Proposal {
        let room = model.room(in: memory)
        guard room > 0 else { return .draft(Draft()) }
        return .pass(of: model, memory: memory, limit: min(request.limit, room))
    }
}
