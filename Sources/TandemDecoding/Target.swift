public import TandemMath

/// The large model and what it remembers of each conversation: all that decoding needs of it.
///
/// A conforming type must pass this test: the logits and states of a token are the same bits, whatever spans it was read
/// in, beside whichever others, and whatever was read after it and forgotten. Decoding promises equal text on that ground.
public protocol Target: AnyObject {
    /// How many tokens the model has.
    var vocabularyCount: Int { get }
    /// How many tokens a conversation can have.
    var contextLength: Int { get }

    /// Begins an empty memory.
    func open() throws -> TargetMemory
    /// Gives a memory back. It must not be used again.
    func close(_ memory: TargetMemory)
    /// A memory of the first `count` tokens of another, which stays as it is; nil if the target cannot do that.
    func fork(_ memory: TargetMemory, count: Int) throws -> TargetMemory?
    /// Forgets all but the first `count` tokens.
    func keep(_ count: Int, in memory: TargetMemory)
    /// Reads several spans in one pass over the weights and remembers their tokens.
    ///
    /// When this throws, the memories are as they were before.
    ///
    /// - Parameters:
    ///   - spans: What to read, no two for the same memory.
    ///   - states: Which hidden states of all tokens to give (`LargeModel` says how they are counted).
    func read(_ spans: [TargetSpan], capturing states: Set<Int>) throws -> TargetReading
}

extension Target {
    /// Not this one.
    public func fork(_ memory: TargetMemory, count: Int) throws -> TargetMemory? { nil }
}

/// Names one conversation's memory in a ``Target``.
public struct TargetMemory: Sendable, Hashable {
    /// Chosen by the target.
    public let number: Int

    /// A name.
    public init(number: Int) { self.number = number }
}

/// Tokens to be read after those that a memory holds.
public struct TargetSpan: Sendable, Hashable {
    /// Where they belong.
    public var memory: TargetMemory
    /// One or more tokens.
    public var tokens: [Int]
    /// For how many of the last ones logits are wanted: none, one, or all.
    public var logitCount: Int

    /// A span.
    public init(memory: TargetMemory, tokens: [Int], logitCount: Int) {
        self.memory = memory
        self.tokens = tokens
        self.logitCount = logitCount
    }
}

/// What a pass of a ``Target`` gives. The next pass may overwrite it.
public struct TargetReading {
    /// A row for each token whose logits were asked for, span after span.
    public let logits: Matrix
    /// For each hidden state that was asked for, a row for each token, span after span.
    public let hiddenStates: [Int: Matrix]

    /// A result.
    public init(logits: Matrix, hiddenStates: [Int: Matrix] = [:]) {
        self.logits = logits
        self.hiddenStates = hiddenStates
    }
}

/// One span's part of a ``TargetReading``.
public struct SpanReading {
    /// Logits of the whole pass.
    public let logits: Matrix
    /// Where the span's rows of logits begin.
    public let row: Int
    /// Hidden states of the span's tokens.
    public let states: StateRows

    /// A part.
    public init(logits: Matrix, row: Int, states: StateRows) {
        self.logits = logits
        self.row = row
        self.states = states
    }
}

/// Hidden states of some tokens of a conversation that follow each other.
public struct StateRows {
    /// Matrices that hold these tokens' rows among others.
    public let hiddenStates: [Int: Matrix]
    /// Which rows.
    public let rows: Range<Int>
    /// Where in the conversation the first of the tokens stands.
    public let position: Int

    /// Some rows.
    public init(hiddenStates: [Int: Matrix], rows: Range<Int>, position: Int) {
        self.hiddenStates = hiddenStates
        self.rows = rows
        self.position = position
    }

    /// The first `count` of them.
    public func prefix(_ count: Int) -> StateRows {
        StateRows(
            hiddenStates: hiddenStates, rows: rows.lowerBound..<rows.lowerBound + min(count, rows.count),
            position: position)
    }

    /// Those from a place in the conversation on.
    public func from(_ position: Int) -> StateRows {
        let skipped = min(max(0, position - self.position), rows.count)
        return StateRows(
            hiddenStates: hiddenStates, rows: rows.dropFirst(skipped), position: self.position + skipped)
    }
}
