import Foundation

/// Where values of an axis lie on the screen, and which of them are named.
///
///     values   low ─────┬──────┬──── high
///     screen   0        ticks        1
struct AxisMapping: Equatable {
    let scale: ChartAxis.Scale
    /// The ends of the axis.
    let low: Double
    let high: Double
    /// Values that are named, in rising order.
    let ticks: [Double]
    /// How far ticks are apart; `nil` where that differs from tick to tick.
    private let step: Double?

    /// Fits `axis` to the values drawn.
    ///
    /// - Parameters:
    ///   - axis: Its scale and the range that it has at least.
    ///   - values: What must have a place; what the axis cannot show is left out.
    ///   - isRounded: Whether the ends are ticks too. Logarithmic axes end with the values.
    init(_ axis: ChartAxis, values: [Double], isRounded: Bool) {
        scale = axis.scale
        let bounds = axis.range.map { [$0.lowerBound, $0.upperBound] } ?? []
        let shown = (values + bounds).filter(axis.shows)
        var low = shown.min() ?? (axis.scale == .linear ? 0 : 1)
        var high = shown.max() ?? (axis.scale == .linear ? 1 : 10)
        switch axis.scale {
        case .linear:
            // A single value, or values that floats cannot tell apart, stand in the middle.
            if high - low <= max(abs(high), abs(low)) * 1e-12 {
                let margin = low == 0 ? 1 : abs(low) * 0.5
                low -= margin
                high += margin
            }
            let step = Self.roundStep(span: high - low, count: 6)
            if isRounded {
                low = (low / step).rounded(.down) * step
                high = (high / step).rounded(.up) * step
            }
            ticks = Self.multiples(of: step, from: low, to: high)
            self.step = step
        case .logarithmic:
            if high / low <= 1 + 1e-12 {
                low /= 3
                high *= 3
            }
            let ticks = Self.logarithmicTicks(from: low, to: high)
            // Less than a third of a decade: as on a linear axis.
            step = ticks == nil ? Self.roundStep(span: high - low, count: 5) : nil
            self.ticks = ticks ?? Self.multiples(of: step ?? high - low, from: low, to: high)
        }
        self.low = low
        self.high = high
    }

    /// From 0 at the low end to 1 at the high one.
    func place(of value: Double) -> Double {
        switch scale {
        case .linear: (value - low) / (high - low)
        case .logarithmic: log(value / low) / log(high / low)
        }
    }

    /// How a tick is named.
    func label(of tick: Double) -> String {
        guard let step else { return Figure.tick(tick, step: tick, largest: tick) }
        return Figure.tick(tick, step: step, largest: max(abs(low), abs(high)))
    }

    /// 1, 2 or 5 times a power of ten, so that a span has about `count` steps.
    static func roundStep(span: Double, count: Int) -> Double {
        let rough = span / Double(count)
        let power = pow(10, log10(rough).rounded(.down))
        let factor = rough / power
        return power * (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 5 ? 5 : 10)
    }

    private static func multiples(of step: Double, from low: Double, to high: Double) -> [Double] {
        let first = (low / step - 1e-9).rounded(.up)
        let last = (high / step + 1e-9).rounded(.down)
        guard first <= last, last - first < 100 else { return [] }
        return stride(from: first, through: last, by: 1).map { $0 * step }
    }

    /// Powers of ten, with twice and five times each where there are few; `nil` if even those are too few.
    private static func logarithmicTicks(from low: Double, to high: Double) -> [Double]? {
        let decades = log10(high / low)
        let first = Int(log10(low).rounded(.down))
        let last = Int(log10(high).rounded(.up))
        func ticks(_ factors: [Double], every stride: Int) -> [Double] {
            var ticks: [Double] = []
            for exponent in Swift.stride(from: first, through: last, by: stride) {
                let power = pow(10, Double(exponent))
                ticks += factors.map { $0 * power }
            }
            return ticks.filter { $0 >= low * (1 - 1e-9) && $0 <= high * (1 + 1e-9) }
        }
        if decades > 3 { return ticks([1], every: max(1, Int(decades / 6))) }
        let few = ticks([1, 2, 5], every: 1)
        return few.count >= 3 ? few : nil
    }
}
