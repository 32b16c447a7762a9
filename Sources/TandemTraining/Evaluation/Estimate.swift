/// A mean with its standard error.
public struct Estimate: Sendable, Equatable, Codable {
    /// The mean.
    public var value: Double
    /// Its standard error; nil if there are too few documents to tell.
    public var error: Double?

    /// A mean with its error.
    public init(value: Double, error: Double?) {
        self.value = value
        self.error = error
    }
}

/// Sums over documents that make a mean, and say how far it can be off.
///
/// What is predicted within a document is alike, so documents are what counts for the error: with sums s and counts n of
/// D documents, the mean is m = Σs / Σn and its variance D/(D−1) · Σ(s − m·n)² / (Σn)² (linearised ratio estimator).
public struct ClusteredMean: Sendable, Equatable {
    private var sums: [(sum: Double, count: Double)] = []

    /// Nothing yet.
    public init() {}

    /// Takes a document: the sum over its cases, and how many they are.
    public mutating func add(sum: Double, count: Int) {
        guard count > 0 else { return }
        sums.append((sum, Double(count)))
    }

    /// Cases of all documents.
    public var count: Int { Int(sums.reduce(0) { $0 + $1.count }) }

    /// The mean; nil without a case.
    public var estimate: Estimate? {
        let count = sums.reduce(0) { $0 + $1.count }
        guard count > 0 else { return nil }
        let mean = sums.reduce(0) { $0 + $1.sum } / count
        guard sums.count > 1 else { return Estimate(value: mean, error: nil) }
        let squares = sums.reduce(0) { total, document in
            let residual = document.sum - mean * document.count
            return total + residual * residual
        }
        let documents = Double(sums.count)
        let variance = documents / (documents - 1) * squares / (count * count)
        return Estimate(value: mean, error: variance.squareRoot())
    }

    /// Whether both hold the same.
    public static func == (left: ClusteredMean, right: ClusteredMean) -> Bool {
        left.sums.elementsEqual(right.sums) { $0.sum == $1.sum && $0.count == $1.count }
    }
}
