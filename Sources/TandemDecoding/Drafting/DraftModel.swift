public import TandemMath

/// A small model that guesses for many conversations in one pass: to drafting what a ``Target`` is to reading.
///
/// A conversation's ``Drafter`` opens a memory in it and tells it what is confirmed; the loop lets all conversations that
/// wait for the same model draft together, token by token.
public protocol DraftModel: AnyObject {
    /// Who guesses.
    var source: DraftSource { get }
    /// Which tokens the columns of a memory's logits stand for. They stay the same while a block is drafted.
    ///
    /// Conversations may have different columns. Rows are as long as the longest asks for: what stands behind a
    /// conversation's own columns is nothing to it.
    func columns(of memory: DraftMemory) -> DraftColumns

    /// Begins a block for each memory: forgets earlier guesses, reads what is new, and gives a row of logits for the first
    /// token of the block.
    func begin(_ memories: [DraftMemory]) throws -> Matrix
    /// Reads one token more for each memory and gives a row of logits for the token after it.
    func extend(_ memories: [DraftMemory], by tokens: [Int]) throws -> Matrix
}

/// Names one conversation's memory in a ``DraftModel``.
public struct DraftMemory: Sendable, Hashable {
    /// Chosen by the model.
    public let number: Int

    /// A name.
    public init(number: Int) { self.number = number }
}
