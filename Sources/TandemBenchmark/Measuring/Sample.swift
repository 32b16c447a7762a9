/// One measurement of something.
public struct Sample: Sendable, Hashable, Codable {
    /// What was measured.
    public var value: Double
    /// Cores that others kept busy meanwhile; `nil` where the system does not say.
    public var othersCores: Double?

    /// A measurement.
    public init(value: Double, othersCores: Double?) {
        self.value = value
        self.othersCores = othersCores
    }

    /// Whether others kept so little of the machine busy that the value stands for the program.
    public var isQuiet: Bool { (othersCores ?? 0) <= Self.quietCores }

    /// The system counts in hundredths of a second, and the shortest measurements take a few of those.
    public static let quietCores = 0.2
}

/// All measurements of one thing.
public struct Series: Sendable, Hashable, Codable {
    /// What is measured, in a few words.
    public var name: String
    /// In what: `tokens/s`, `ms`.
    public var unit: String
    /// In the order in which they were made.
    public var samples: [Sample] = []

    /// Without measurements yet.
    public init(name: String, unit: String) {
        self.name = name
        self.unit = unit
    }

    /// The measurements that count: those beside which others were quiet, unless that is less than half of them.
    public var countedValues: [Double] {
        isTrusted ? samples.filter(\.isQuiet).map(\.value) : samples.map(\.value)
    }

    /// Whether most measurements were made beside quiet others. If not, the median is over all of them and says little.
    public var isTrusted: Bool { 2 * samples.count(where: \.isQuiet) >= samples.count }

    /// The median of ``countedValues``, or `nil` without any.
    public var median: Double? { Self.median(of: countedValues) }

    /// The middle value, or the mean of the two middle ones.
    public static func median(of values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}
