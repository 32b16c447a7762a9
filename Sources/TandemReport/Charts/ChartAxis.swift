/// What a chart's axis shows, and how.
public struct ChartAxis: Sendable, Hashable {
    /// How values lie on the axis.
    public enum Scale: Sendable, Hashable {
        /// Equal differences are equally far apart.
        case linear
        /// Equal ratios are equally far apart. Values that are not positive are left out.
        case logarithmic
    }

    /// What and in which unit.
    public var title: String
    /// How values lie.
    public var scale: Scale
    /// What is shown at least; the values that are drawn widen it. `nil`: as far as values go.
    public var range: ClosedRange<Double>?

    /// An axis.
    public init(_ title: String, scale: Scale = .linear, range: ClosedRange<Double>? = nil) {
        self.title = title
        self.scale = scale
        self.range = range
    }

    /// Whether `value` has a place on the axis: beyond these ends, differences and ratios overflow.
    func shows(_ value: Double) -> Bool {
        switch scale {
        case .linear: abs(value) < 1e300
        case .logarithmic: value > 1e-150 && value < 1e150
        }
    }
}
