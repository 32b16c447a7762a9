public import TandemMath
public import TandemModels

/// How long the large model alone takes for a token on this machine, at a few depths of its context: enough to estimate what
/// an answer would have taken without drafting.
///
/// Attention grows with what was said, everything else does not: between two depths, and beyond them, time lies on a line.
public struct PlainStepTable: Sendable, Hashable, Codable {
    /// One measurement.
    public struct Entry: Sendable, Hashable, Codable {
        /// Tokens before the one that was made.
        public var depth: Int
        /// What it took.
        public var seconds: Double

        /// A measurement.
        public init(depth: Int, seconds: Double) {
            self.depth = depth
            self.seconds = seconds
        }
    }

    /// By rising depth.
    public let entries: [Entry]

    /// A table. Entries that cannot be (no time, a depth twice) are left out.
    public init(_ entries: [Entry]) {
        var seen: Set<Int> = []
        self.entries =
            entries
            .filter { $0.depth >= 0 && $0.seconds > 0 && $0.seconds.isFinite && seen.insert($0.depth).inserted }
            .sorted { $0.depth < $1.depth }
    }

    /// Decodes a table that ``encode(to:)`` wrote.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode([Entry].self))
    }

    /// Encodes the entries.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(entries)
    }

    /// Seconds for `count` tokens after `depth` others; `nil` if nothing was measured.
    public func seconds(count: Int, after depth: Int) -> Double? {
        guard let first = entries.first, let last = entries.last else { return nil }
        // Time is linear in depth, so the mean is that of the token in the middle.
        let middle = Double(depth) + Double(max(0, count - 1)) / 2
        // Noise must not make deep tokens cheaper than shallow ones.
        let slope =
            last.depth > first.depth ? max(0, (last.seconds - first.seconds) / Double(last.depth - first.depth)) : 0
        return Double(count) * (first.seconds + slope * max(0, middle - Double(first.depth)))
    }

    /// Measures for a second or two.
    ///
    /// - Parameters:
    ///   - model: The weights.
    ///   - contextLength: Tokens that a conversation can have.
    ///   - pool: The threads.
    /// - Throws: What a pass throws.
    public static func measure(
        _ model: LargeModel, contextLength: Int, pool: ComputePool
    ) throws -> PlainStepTable {
        let workload = ModelWorkload(model: model, pool: pool)
        let count = max(1, min(8, contextLength / 4))
        var samples: [Int: [Double]] = [:]
        // In turns, so that a disturbance hits both; the first round wakes threads and caches.
        for round in 0...3 {
            for depth in [0, min(384, contextLength / 2)] {
                let seconds = try workload.decode(count: count, depth: depth).inSeconds / Double(count)
                if round > 0 { samples[depth + count / 2, default: []].append(seconds) }
            }
        }
        return PlainStepTable(samples.map { Entry(depth: $0, seconds: $1.min() ?? 0) })
    }
}
