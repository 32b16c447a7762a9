/// The speed of something that grows, smoothed over the last few seconds.
struct RateMeter: Sendable {
    private var samples: [(time: Duration, amount: Double)] = []
    private let span = Duration.seconds(5)

    /// Notes that `amount` is reached at `time` (since any fixed moment).
    mutating func note(_ amount: Double, at time: Duration) {
        // A smaller amount means that something began anew: the past says nothing about it.
        if let last = samples.last, amount < last.amount { samples = [] }
        samples.append((time, amount))
        // The oldest sample stays until the next one is old enough to measure from: the span is never shorter.
        while samples.count > 2, time - samples[1].time >= span { samples.removeFirst() }
    }

    /// Amount per second, once there is something to tell it from.
    var perSecond: Double? {
        guard let first = samples.first, let last = samples.last else { return nil }
        let seconds = (last.time - first.time) / .seconds(1)
        return seconds >= 0.2 ? (last.amount - first.amount) / seconds : nil
    }
}
