/// Bars in groups, with what is uncertain about them.
///
///     BarChart(
///         "Speed over plain decoding", y: ChartAxis("×"), series: ["lookup", "tandem"],
///         groups: [.init("chat", [.init(1.1), .init(1.7, from: 1.6, to: 1.8)])], reference: 1)
public struct BarChart: Sendable, Hashable {
    /// A bar.
    public struct Bar: Sendable, Hashable {
        /// How far it reaches from zero.
        public var value: Double
        /// Between which values the true one may lie; drawn as a whisker.
        public var range: ClosedRange<Double>?

        /// A bar.
        public init(_ value: Double) { self.value = value }

        /// A bar with a whisker. Bounds in the wrong order, or that are no numbers, draw none.
        public init(_ value: Double, from low: Double, to high: Double) {
            self.value = value
            if abs(low) < 1e300, abs(high) < 1e300, low <= high { range = low...high }
        }
    }

    /// Bars that stand together.
    public struct Group: Sendable, Hashable {
        /// What they have in common.
        public var name: String
        /// One for each series; `nil` leaves its place empty.
        public var bars: [Bar?]

        /// A group.
        public init(_ name: String, _ bars: [Bar?]) {
            self.name = name
            self.bars = bars
        }
    }

    /// What the chart shows.
    public var title: String
    /// The axis at the left; linear, because bars begin at zero.
    public let y: ChartAxis
    /// What the first, second, … bar of each group is.
    public let series: [String]
    /// From left to right.
    public let groups: [Group]
    /// A value to compare with: a line across the chart.
    public var reference: Double?

    /// A chart.
    public init(_ title: String, y: ChartAxis, series: [String], groups: [Group], reference: Double? = nil) {
        precondition(
            groups.allSatisfy { $0.bars.count == series.count }, "Each group has a bar, or nil, for each series.")
        precondition(y.scale == .linear, "Bars begin at zero, which a logarithmic axis does not have.")
        self.title = title
        self.y = y
        self.series = series
        self.groups = groups
        self.reference = reference
    }
}

extension BarChart {
    var html: String {
        let bars = groups.flatMap(\.bars).compactMap { $0 }
        let values = [0] + bars.map(\.value) + bars.compactMap(\.range).flatMap { [$0.lowerBound, $0.upperBound] }
        let vertical = AxisMapping(y, values: values + (reference.map { [$0] } ?? []), isRounded: true)
        let key = series.enumerated().map { index, name in
            ChartFrame.keyEntry(
                "<rect class=\"bar\" width=\"32\" height=\"12\" rx=\"2\"/>", series: index, name: name)
        }
        let zero = Figure.coordinate(ChartFrame.y(vertical.place(of: 0)))
        return ChartFrame.figure(
            title: title,
            content: [ChartFrame.verticalAxis(vertical, title: y.title)]
                + groups.indices.map { draw($0, vertical: vertical) } + [
                    "<line class=\"axis\" x1=\"\(Figure.coordinate(ChartFrame.left))\" "
                        + "x2=\"\(Figure.coordinate(ChartFrame.right))\" y1=\"\(zero)\" y2=\"\(zero)\"/>",
                    referenceLine(vertical),
                ], key: key.count > 1 ? key : [])
    }

    private func draw(_ index: Int, vertical: AxisMapping) -> String {
        let width = (ChartFrame.right - ChartFrame.left) / Double(groups.count)
        let start = ChartFrame.left + Double(index) * width
        let barWidth = min(60, width * 0.82 / Double(max(1, series.count)))
        let first = start + (width - barWidth * Double(series.count)) / 2
        var parts = groups[index].bars.enumerated().map { number, bar in
            guard let bar, self.y.shows(bar.value) else { return "" }
            return draw(bar, number, in: groups[index], x: first + Double(number) * barWidth, width: barWidth, vertical)
        }
        let middle = Figure.coordinate(start + width / 2)
        // Every second name a line lower where they would touch: about seven units a character.
        let isCrowded = groups.contains { Double($0.name.count) * 7 > width }
        let y = ChartFrame.bottom + (isCrowded && index % 2 == 1 ? 34 : 18)
        parts.append(
            "<text x=\"\(middle)\" y=\"\(Figure.coordinate(y))\" text-anchor=\"middle\">"
                + "\(HTMLText.escaped(groups[index].name))</text>")
        return parts.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private func draw(
        _ bar: Bar, _ number: Int, in group: Group, x: Double, width: Double, _ vertical: AxisMapping
    ) -> String {
        let ends = [ChartFrame.y(vertical.place(of: 0)), ChartFrame.y(vertical.place(of: bar.value))].sorted()
        var name = "\(group.name), \(series[number]): \(Figure.text(bar.value))"
        var whisker = ""
        if let range = bar.range {
            name += " (\(Figure.text(range.lowerBound)) to \(Figure.text(range.upperBound)))"
            let low = Figure.coordinate(ChartFrame.y(vertical.place(of: range.lowerBound)))
            let high = Figure.coordinate(ChartFrame.y(vertical.place(of: range.upperBound)))
            let middle = x + width / 2
            let (a, b) = (Figure.coordinate(middle - 4), Figure.coordinate(middle + 4))
            let m = Figure.coordinate(middle)
            whisker = "<path class=\"error\" d=\"M\(m) \(low)V\(high)M\(a) \(low)H\(b)M\(a) \(high)H\(b)\"/>"
        }
        return """
            <g class="\(PageStyle.seriesClass(number))"><rect class="bar" x="\(Figure.coordinate(x + width * 0.05))" \
            y="\(Figure.coordinate(ends[0]))" width="\(Figure.coordinate(width * 0.9))" \
            height="\(Figure.coordinate(ends[1] - ends[0]))" rx="1.5"><title>\(HTMLText.escaped(name))</title></rect>\
            \(whisker)</g>
            """
    }

    private func referenceLine(_ vertical: AxisMapping) -> String {
        guard let reference, y.shows(reference) else { return "" }
        let y = Figure.coordinate(ChartFrame.y(vertical.place(of: reference)))
        return "<line class=\"reference\" x1=\"\(Figure.coordinate(ChartFrame.left))\" "
            + "x2=\"\(Figure.coordinate(ChartFrame.right))\" y1=\"\(y)\" y2=\"\(y)\"/>"
    }
}
