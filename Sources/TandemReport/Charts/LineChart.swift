/// Curves over a common axis.
///
///     LineChart(
///         "Loss", x: ChartAxis("tokens", scale: .logarithmic), y: ChartAxis("nats"),
///         series: [.init("training", points), .init("held-out", fewPoints)])
///
/// Points that an axis cannot show (not a number, infinite, not positive on a logarithmic axis) interrupt their line.
public struct LineChart: Sendable, Hashable {
    /// A point of a curve.
    public struct Point: Sendable, Hashable {
        /// Along the axis below.
        public var x: Double
        /// Along the axis at the left.
        public var y: Double

        /// A point.
        public init(x: Double, y: Double) {
            self.x = x
            self.y = y
        }
    }

    /// A curve.
    public struct Series: Sendable, Hashable {
        /// What it shows.
        public var name: String
        /// In the order in which they are joined.
        public var points: [Point]

        /// A curve.
        public init(_ name: String, _ points: [Point]) {
            self.name = name
            self.points = points
        }
    }

    /// What the chart shows.
    public var title: String
    /// The axis below.
    public var x: ChartAxis
    /// The axis at the left.
    public var y: ChartAxis
    /// The curves.
    public var series: [Series]

    /// A chart.
    public init(_ title: String, x: ChartAxis, y: ChartAxis, series: [Series]) {
        self.title = title
        self.x = x
        self.y = y
        self.series = series
    }
}

extension LineChart {
    /// As many points as are drawn one by one; a screen shows no more.
    static let drawnCount = 800

    var html: String {
        let shown = series.map { series in series.points.filter { x.shows($0.x) && y.shows($0.y) } }
        let horizontal = AxisMapping(x, values: shown.flatMap { $0.map(\.x) }, isRounded: false)
        let vertical = AxisMapping(y, values: shown.flatMap { $0.map(\.y) }, isRounded: true)
        let lines = series.indices.map { index in
            draw(index, horizontal: horizontal, vertical: vertical)
        }
        let key = series.indices.map { index in
            ChartFrame.keyEntry(
                "<path class=\"line\"\(dashes(index)) d=\"M1 6H31\"/>", series: index, name: series[index].name)
        }
        return ChartFrame.figure(
            title: title,
            content: [
                ChartFrame.verticalAxis(vertical, title: y.title),
                ChartFrame.horizontalAxis(horizontal, title: x.title),
            ] + lines, key: key.count > 1 ? key : [])
    }

    private func draw(_ index: Int, horizontal: AxisMapping, vertical: AxisMapping) -> String {
        let runs = series[index].points.split { !(x.shows($0.x) && y.shows($0.y)) }
        let content = runs.map { run in
            let points = Self.thinned(Array(run)).map {
                (ChartFrame.x(horizontal.place(of: $0.x)), ChartFrame.y(vertical.place(of: $0.y)))
            }
            let path = points.map { "\(Figure.coordinate($0.0)) \(Figure.coordinate($0.1))" }.joined(separator: "L")
            var parts = points.count > 1 ? "<path class=\"line\"\(dashes(index)) d=\"M\(path)\"/>" : ""
            // Few points are measurements to be looked at one by one; many are a curve.
            if points.count <= 40 {
                for (point, place) in zip(run, points) {
                    let name = "\(series[index].name): \(Figure.text(point.x)), \(Figure.text(point.y))"
                    parts +=
                        "<circle class=\"dot\" r=\"3\" cx=\"\(Figure.coordinate(place.0))\" "
                        + "cy=\"\(Figure.coordinate(place.1))\"><title>\(HTMLText.escaped(name))</title></circle>"
                }
            }
            return parts
        }
        return "<g class=\"\(PageStyle.seriesClass(index))\">\(content.joined())</g>"
    }

    private func dashes(_ index: Int) -> String {
        let dashes = PageStyle.dashes[index % PageStyle.seriesCount]
        return dashes.isEmpty ? "" : " stroke-dasharray=\"\(dashes)\""
    }

    /// The lowest and the highest point of each of many equal parts: all that a screen can show of a long curve.
    static func thinned(_ points: [Point]) -> [Point] {
        guard points.count > drawnCount else { return points }
        let partCount = drawnCount / 2
        return (0..<partCount).flatMap { part -> [Point] in
            let range = part * points.count / partCount..<(part + 1) * points.count / partCount
            guard let low = range.min(by: { points[$0].y < points[$1].y }),
                let high = range.max(by: { points[$0].y < points[$1].y })
            else { return [] }
            return low == high ? [points[low]] : [points[min(low, high)], points[max(low, high)]]
        }
    }
}
