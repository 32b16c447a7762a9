public import TandemDecoding
import TandemMath

/// A large model without weights: its logits are a hash of the last three tokens and of the number before them, coarse
/// enough for texts to repeat themselves. It keeps its promises to the letter and notices when others break theirs.
public final class ScriptedTarget: Target {
    /// What failing passes throw.
    public struct Failure: Error {}

    /// Its tokens.
    public let vocabularyCount: Int
    /// Its context.
    public let contextLength: Int
    private var memories: [Int: [Int]] = [:]
    private var nextNumber = 0
    /// Spans and rows of every pass.
    public private(set) var passes: [[TargetSpan]] = []
    /// Passes that will fail.
    public var failureCount = 0
    /// A conversation whose last token is this one gets logits that are not numbers.
    public var poison: Int?

    /// A model.
    public init(vocabularyCount: Int = 24, contextLength: Int = 90) {
        self.vocabularyCount = vocabularyCount
        self.contextLength = contextLength
    }

    /// Memories in use.
    public var openCount: Int { memories.count }

    /// What a memory holds.
    public func tokens(in memory: TargetMemory) -> [Int] { memories[memory.number] ?? [] }

    /// Begins a memory.
    public func open() -> TargetMemory {
        defer { nextNumber += 1 }
        memories[nextNumber] = []
        return TargetMemory(number: nextNumber)
    }

    /// Ends a memory.
    public func close(_ memory: TargetMemory) {
        precondition(memories.removeValue(forKey: memory.number) != nil, "A memory was closed twice.")
    }

    /// Copies.
    public func fork(_ memory: TargetMemory, count: Int) -> TargetMemory? {
        guard let tokens = memories[memory.number] else { preconditionFailure("A closed memory was used.") }
        precondition(count <= tokens.count, "Cannot copy what was not read.")
        let copy = open()
        memories[copy.number] = Array(tokens.prefix(count))
        return copy
    }

    /// Forgets.
    public func keep(_ count: Int, in memory: TargetMemory) {
        guard let tokens = memories[memory.number] else { preconditionFailure("A closed memory was used.") }
        precondition(count <= tokens.count, "Cannot keep what was not read.")
        memories[memory.number] = Array(tokens.prefix(count))
    }

    /// Reads. A hidden state of a token is its number, its position and the number of the state.
    public func read(_ spans: [TargetSpan], capturing states: Set<Int>) throws -> TargetReading {
        if failureCount > 0 {
            failureCount -= 1
            throw Failure()
        }
        passes.append(spans)
        var rows: [Float] = []
        var count = 0
        var read: [(token: Int, position: Int)] = []
        for span in spans {
            guard var tokens = memories[span.memory.number] else { preconditionFailure("A closed memory was used.") }
            precondition(!span.tokens.isEmpty && span.logitCount <= span.tokens.count, "A span must have tokens.")
            for (index, token) in span.tokens.enumerated() {
                read.append((token, tokens.count))
                tokens.append(token)
                if index >= span.tokens.count - span.logitCount {
                    rows += logits(after: tokens)
                    count += 1
                }
            }
            precondition(tokens.count <= contextLength, "The context has overflowed.")
            memories[span.memory.number] = tokens
        }
        return TargetReading(
            logits: Matrix(rows: count, columns: vocabularyCount, values: rows),
            hiddenStates: Dictionary(
                uniqueKeysWithValues: states.map { state in
                    (
                        state,
                        Matrix(
                            rows: read.count, columns: 3,
                            values: read.flatMap { [Float($0.token), Float($0.position), Float(state)] })
                    )
                }))
    }

    /// The script.
    public func logits(after tokens: [Int]) -> [Float] {
        if let poison, tokens.last == poison { return [Float](repeating: .nan, count: vocabularyCount) }
        var state: UInt64 = 88_172_645_463_325_252
        for token in tokens.suffix(2) {
            state = (state ^ UInt64(token)) &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            state ^= state >> 31
        }
        return (0..<vocabularyCount).map { token in
            var hash = (state ^ UInt64(token &+ 1)) &* 0x9e37_79b9_7f4a_7c15
            hash = (hash ^ (hash >> 32)) &* 0xd6e8_feb8_6659_fd93
            let unit = Float(hash >> 48) / 65_536
            return 9 * unit * unit * unit - 2
        }
    }
}
