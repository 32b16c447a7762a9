import Foundation
import Testing

@testable import TandemReport

struct ChartTests {
    private func numbers(_ path: String) -> [Double] {
        path.split { "MLHV ".contains($0) }.compactMap { Double($0) }
    }

    @Test(arguments: [
        (0.0, 1.0), (0, 7), (-3, 4), (0.98, 1.02), (1e-7, 3e-7), (12_345, 2_345_678), (5, 5), (0, 0), (-1e12, 1e12),
    ])
    func `a linear axis has round ticks within its ends, named apart`(low: Double, high: Double) {
        for isRounded in [false, true] {
            let axis = AxisMapping(ChartAxis("x"), values: [high, low], isRounded: isRounded)
            #expect(axis.low <= low && axis.high >= high && axis.low < axis.high)
            #expect((3...14).contains(axis.ticks.count), "\(axis.ticks)")
            #expect(axis.ticks == axis.ticks.sorted())
            let places = axis.ticks.map(axis.place)
            #expect(places.allSatisfy { $0 > -1e-6 && $0 < 1 + 1e-6 })
            #expect(Set(axis.ticks.map(axis.label)).count == axis.ticks.count, "\(axis.ticks.map(axis.label))")
        }
    }

    @Test(arguments: [(1e-5, 1e-3), (1, 1e9), (2, 2.6), (0.3, 40), (7, 7), (1e-140, 1e140), (990, 1010)])
    func `a logarithmic axis has ticks within its ends, named apart`(low: Double, high: Double) {
        let axis = AxisMapping(ChartAxis("x", scale: .logarithmic), values: [low, high, 0, -1, .nan], isRounded: true)
        #expect(axis.low <= low && axis.high >= high && axis.low < axis.high)
        #expect((3...14).contains(axis.ticks.count), "\(axis.ticks)")
        #expect(axis.ticks.map(axis.place).allSatisfy { $0 > -1e-6 && $0 < 1 + 1e-6 })
        #expect(Set(axis.ticks.map(axis.label)).count == axis.ticks.count, "\(axis.ticks.map(axis.label))")
        #expect(abs(axis.place(of: axis.low)) < 1e-12 && abs(axis.place(of: axis.high) - 1) < 1e-12)
    }

    @Test func `ticks are named as people write them`() {
        func labels(_ low: Double, _ high: Double, _ scale: ChartAxis.Scale = .linear) -> [String] {
            let axis = AxisMapping(ChartAxis("x", scale: scale), values: [low, high], isRounded: false)
            return axis.ticks.map(axis.label)
        }
        #expect(labels(0, 1) == ["0", "0.2", "0.4", "0.6", "0.8", "1.0"])
        #expect(labels(0, 3_000_000) == ["0", "0.5M", "1.0M", "1.5M", "2.0M", "2.5M", "3.0M"])
        #expect(labels(0, 50_000) == ["0", "10k", "20k", "30k", "40k", "50k"])
        #expect(labels(1, 1000, .logarithmic) == ["1", "2", "5", "10", "20", "50", "100", "200", "500", "1000"])
        #expect(labels(1e-5, 1e-2, .logarithmic).first == "1e-05")
    }

    @Test func `points lie where their values say`() throws {
        let chart = LineChart(
            "t", x: ChartAxis("x"), y: ChartAxis("y"),
            series: [.init("a", [.init(x: 0, y: 0), .init(x: 5, y: 10), .init(x: 10, y: 5)])])
        let path = try #require(
            try XMLOutline.elements(of: chart.html).first { $0.name == "path" }?.attributes["d"])
        let middle = (ChartFrame.left + ChartFrame.right) / 2
        #expect(
            numbers(path) == [
                ChartFrame.left, ChartFrame.bottom, middle, ChartFrame.top, ChartFrame.right,
                (ChartFrame.top + ChartFrame.bottom) / 2,
            ])
    }

    @Test func `values without a place interrupt the line`() throws {
        let values: [Double] = [1, 2, .nan, 3, 4, 0, 5, .infinity, 6, 7]
        let chart = LineChart(
            "t", x: ChartAxis("x"), y: ChartAxis("y", scale: .logarithmic),
            series: [.init("a", values.enumerated().map { .init(x: Double($0), y: $1) })])
        let elements = try XMLOutline.elements(of: chart.html)
        #expect(elements.filter { $0.attributes["class"] == "line" }.count == 3)
        #expect(elements.filter { $0.name == "circle" }.count == 7)
        #expect(!chart.html.contains("nan") && !chart.html.contains("inf"))
    }

    @Test func `long curves keep their peaks`() {
        let points = (0..<100_000).map { LineChart.Point(x: Double($0), y: $0 == 31_234 ? 50 : sin(Double($0) / 9000)) }
        let thinned = LineChart.thinned(points)
        #expect(thinned.count <= LineChart.drawnCount)
        #expect(thinned.contains { $0.y == 50 })
        #expect(zip(thinned, thinned.dropFirst()).allSatisfy { $0.x < $1.x })
        #expect(LineChart.thinned(Array(points.prefix(9))) == Array(points.prefix(9)))
    }

    @Test func `bars reach from zero to their values`() throws {
        let chart = BarChart(
            "t", y: ChartAxis("y"), series: ["a", "b"],
            groups: [.init("g", [.init(2, from: 1, to: 3), .init(-2)]), .init("h", [nil, .init(.nan)])], reference: 1)
        let elements = try XMLOutline.elements(of: chart.html)
        let bars = elements.filter { $0.name == "rect" && $0.attributes["class"] == "bar" && $0.attributes["x"] != nil }
        #expect(bars.count == 2)
        let heights = bars.compactMap { $0.attributes["height"].flatMap(Double.init) }
        #expect(heights.count == 2 && heights[0] == heights[1] && heights[0] > 50)
        let tops = bars.compactMap { $0.attributes["y"].flatMap(Double.init) }
        // The second hangs from the line that the first stands on.
        #expect(abs(tops[0] + heights[0] - tops[1]) < 0.02)
        #expect(elements.filter { $0.attributes["class"] == "error" }.count == 1)
        #expect(elements.filter { $0.attributes["class"] == "reference" }.count == 1)
    }

    @Test func `charts of nothing are drawn too`() throws {
        let lines = LineChart("t", x: ChartAxis("x"), y: ChartAxis("y"), series: [.init("a", [])])
        let bars = BarChart("t", y: ChartAxis("y"), series: [], groups: [])
        #expect(try XMLOutline.elements(of: lines.html).contains { $0.name == "svg" })
        #expect(try XMLOutline.elements(of: bars.html).contains { $0.name == "svg" })
    }

    @Test func `a key tells series apart, and one series needs none`() throws {
        func chart(_ names: [String]) -> LineChart {
            LineChart("t", x: ChartAxis("x"), y: ChartAxis("y"), series: names.map { .init($0, [.init(x: 1, y: 1)]) })
        }
        #expect(try XMLOutline.elements(of: chart(["a"]).html).filter { $0.name == "li" }.isEmpty)
        let names = (0..<11).map { "series \($0)" }
        let entries = try XMLOutline.elements(of: chart(names).html).filter { $0.name == "li" }
        #expect(entries.map { $0.text.trimmingCharacters(in: .whitespaces) } == names)
    }
}
