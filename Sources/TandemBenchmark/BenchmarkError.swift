/// Something that keeps a benchmark from being run, in a sentence.
public struct BenchmarkError: Error, Hashable, CustomStringConvertible {
    /// What is wrong, and what to do.
    public let description: String

    /// A sentence.
    public init(_ description: String) { self.description = description }
}
