/// Several measurements taken in turns, so that whatever disturbs the machine disturbs all of them alike.
///
///     round 1   a b c d        the order moves on by one each round, so that none always
///     round 2   b c d a        follows the same other one
///     round 3   c d a b
///
/// Each body measures once and returns its value. The first round is thrown away: it pages memory in and wakes threads.
public struct InterleavedBenchmark {
    private var entries: [(series: Series, measure: () throws -> Double)] = []

    /// Without measurements.
    public init() {}

    /// Adds something to be measured.
    public mutating func add(_ name: String, unit: String, measure: @escaping () throws -> Double) {
        entries.append((Series(name: name, unit: unit), measure))
    }

    /// How many measurements `rounds` rounds make, the one that is thrown away included.
    public func measurementCount(rounds: Int) -> Int { (rounds + 1) * entries.count }

    /// Takes all measurements `rounds` times.
    ///
    /// - Parameters:
    ///   - rounds: How often each counts; one more is made first and thrown away.
    ///   - progress: Called after each measurement with how many are done.
    /// - Returns: The series in the order in which they were added.
    public func run(rounds: Int, progress: (Int) throws -> Void = { _ in }) throws -> [Series] {
        precondition(rounds > 0, "A benchmark has at least one round.")
        var all = entries.map(\.series)
        var doneCount = 0
        for round in 0...rounds {
            for offset in entries.indices {
                let index = (offset + round) % entries.count
                let before = ProcessorTime.now()
                let value = try entries[index].measure()
                let others = ProcessorTime.now().coresUsedByOthers(since: before)
                if round > 0 { all[index].samples.append(Sample(value: value, othersCores: others)) }
                doneCount += 1
                try progress(doneCount)
            }
        }
        return all
    }
}

extension Duration {
    /// As a number of seconds.
    public var inSeconds: Double { self / .seconds(1) }

    /// How long `body` takes.
    public static func measuring(_ body: () throws -> Void) rethrows -> Duration {
        let start = ContinuousClock.now
        try body()
        return ContinuousClock.now - start
    }
}
