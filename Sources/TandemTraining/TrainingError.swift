/// Why something of a training run cannot be done.
public struct TrainingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A sentence for people: what is wrong, where, and what to do.
    public let description: String
    /// An error with this sentence.
    public init(_ description: String) { self.description = description }
}
