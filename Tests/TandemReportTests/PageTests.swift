import Foundation
import Testing

@testable import TandemReport

/// Everything that markup could take for its own.
private let hostile = #"<b a="1">'&amp;' & ]]> </style></script><svg/onload=x> | * _x_"#

struct PageTests {
    private func page() -> Report {
        var table = ReportTable(hostile, columns: [.text(hostile), .number("n")])
        table.add(hostile, "1")
        return Report(
            title: hostile,
            elements: [
                .heading(hostile), .subheading(hostile), .paragraph(hostile), .code(hostile),
                .facts(FactList([.init(hostile, hostile)])), .table(table),
                .lineChart(
                    LineChart(
                        hostile, x: ChartAxis(hostile), y: ChartAxis(hostile, scale: .logarithmic),
                        series: [
                            .init(hostile, [.init(x: 0, y: 1), .init(x: 1, y: 100)]), .init("b", [.init(x: 0, y: 5)]),
                        ])),
                .barChart(
                    BarChart(
                        hostile, y: ChartAxis(hostile), series: [hostile, "b"],
                        groups: [.init(hostile, [.init(1), .init(2, from: 1.5, to: 2.5)])], reference: 1)),
            ])
    }

    @Test func `whatever text holds is shown as that text`() throws {
        let elements = try XMLOutline.elements(of: page().html)
        for name in ["title", "h1", "h2", "h3", "p", "code", "dt", "dd", "caption", "th", "td", "figcaption"] {
            let element = try #require(elements.first { $0.name == name })
            #expect(element.text == hostile, "\(name)")
        }
        #expect(elements.filter { $0.name == "text" && $0.text == hostile }.count == 4)
        #expect(elements.filter { $0.name == "svg" && $0.attributes["aria-label"] == hostile }.count == 2)
        #expect(!elements.contains { $0.name == "b" || $0.name == "script" })
    }

    @Test func `a page needs nothing beside itself`() throws {
        let text = page().html
        for word in ["http://", "https://", "<script", "<link", "<img", "url(", "@import"] {
            #expect(!text.contains(word) || hostile.contains(word), "\(word)")
        }
        #expect(text.contains("default-src 'none'"))
        #expect(text == page().html)
    }

    @Test func `characters that HTML forbids are replaced`() throws {
        // A literal cannot hold them.
        let outside = String(String.UnicodeScalarView([0xFFFE, 0x1FFFF, 0xFDD0].compactMap { Unicode.Scalar($0) }))
        let text = "a\u{0}b\u{1B}[0m\u{7F}\u{9F}" + outside + "c"
        #expect(HTMLText.escaped(text) == "a\u{FFFD}b\u{FFFD}[0m\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}c")
        let page = Report(title: text, elements: [.code("x\r\ny\tz 日本 👍🏽")]).html
        let elements = try XMLOutline.elements(of: page)
        #expect(elements.first { $0.name == "code" }?.text == "x\r\ny\tz 日本 👍🏽")
    }

    @Test func `light and dark name the same colours`() {
        let light = PageStyle.sheet.components(separatedBy: "prefers-color-scheme: dark")
        for index in 0..<PageStyle.seriesCount {
            #expect(light.allSatisfy { $0.contains("--series\(index): #") })
        }
        #expect(PageStyle.dashes.count == PageStyle.seriesCount)
    }
}
