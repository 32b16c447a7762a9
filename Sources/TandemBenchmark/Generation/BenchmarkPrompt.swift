/// A prompt that all arms answer.
public struct BenchmarkPrompt: Sendable, Hashable {
    /// What sort of question it is: results are told kind by kind.
    public var kind: String
    /// Its name within its kind.
    public var name: String
    /// What is to be continued.
    public var tokens: [Int]

    /// A prompt.
    public init(kind: String, name: String, tokens: [Int]) {
        self.kind = kind
        self.name = name
        self.tokens = tokens
    }
}
