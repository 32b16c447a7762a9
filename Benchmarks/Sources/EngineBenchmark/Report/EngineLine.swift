import Foundation
import TandemBenchmark

/// A line of the engine's table.
struct EngineLine: Codable {
    /// What notes and JSON call it.
    var identifier: String
    /// For people.
    var title: String
    /// Of the values.
    var unit: String
    var tandem: Summary?
    var llama: Summary?
    /// How many times better Tandem is than llama.cpp, from the ratios of each repetition.
    var ratio: Summary?
    /// What it is held against.
    var goal: Goal?
    /// Which setting of flash attention llama.cpp had.
    var flashAttention: Bool?
    /// Readings beside which others used more than 5 % of a core, and all of them.
    var disturbedCount = 0
    var readingCount = 0
    /// What limits it, if it misses.
    var note: String?

    /// Whether most of its readings are worth something.
    var isTrusted: Bool { 2 * disturbedCount <= readingCount }

    /// The figure that the goal is about.
    var judged: Double? { goal?.isRatio == true ? ratio?.median : tandem?.median }

    /// How it stands.
    var verdict: Verdict? {
        guard let goal, let judged else { return nil }
        func reaches(_ limit: Double) -> Bool { goal.isFloor ? judged >= limit : judged <= limit }
        if let must = goal.must, !reaches(must) { return .miss }
        return reaches(goal.aim) ? .aim : .must
    }

    /// How a figure stands beside what it must reach and what is aimed at.
    enum Verdict: String, Codable { case aim, must, miss }
}

/// What a figure must reach, and what is aimed at.
struct Goal: Codable {
    /// Whether it is about Tandem's ratio to llama.cpp rather than about Tandem's own figure.
    var isRatio = false
    /// Whether greater is better.
    var isFloor = true
    var must: Double?
    var aim: Double
}

/// Middle and ends of some figures.
struct Summary: Codable {
    var median: Double
    var least: Double
    var greatest: Double

    init?(_ values: [Double]) {
        guard let median = Series.median(of: values), let least = values.min(), let greatest = values.max() else {
            return nil
        }
        self.median = median
        self.least = least
        self.greatest = greatest
    }

    /// The middle one, to three digits.
    var text: String { Self.text(median) }
    /// Both ends.
    var range: String { "\(Self.text(least))–\(Self.text(greatest))" }

    static func text(_ value: Double) -> String {
        let digits = abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : 2
        return String(format: "%.\(digits)f", value)
    }
}
