import Testing

@testable import TandemReport

struct TableTests {
    @Test func `Markdown columns are padded and aligned`() {
        var table = ReportTable("Speed", columns: [.text("arm"), .number("tokens/s")])
        table.add("plain", "101")
        table.add("tandem:4", "—")
        #expect(
            table.markdown == """
                | arm      | tokens/s |
                | :------- | -------: |
                | plain    |      101 |
                | tandem:4 |        — |

                """)
    }

    @Test func `a cell cannot end its row or mean anything`() {
        var table = ReportTable(columns: [.text("a"), .text("b")])
        table.add("x|y\nz", #"\|"#)
        table.add("*b* `c` [d](e) <f> &amp; ~~g~~", "_h_ snake_case __i__")
        let lines = table.markdown.split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines[2].hasPrefix(#"| x\|y z"#))
        #expect(lines[2].contains(#" | \\\| "#))
        #expect(lines[3].contains(#"\*b\* \`c\` \[d](e) \<f> \&amp; \~\~g\~\~"#))
        #expect(lines[3].contains(#"\_h\_ snake_case \__i_\_"#))
    }

    @Test func `numbers stand at the right on the page too`() throws {
        var table = ReportTable(columns: [.text("a"), .number("b")])
        table.add("x", "1")
        let cells = try XMLOutline.elements(of: table.html).filter { $0.name == "td" }
        #expect(cells.map(\.text) == ["x", "1"])
        #expect(cells.map { $0.attributes["class"] } == [nil, "number"])
    }

    @Test(arguments: [
        (0.0, "0"), (1.624, "1.62"), (9.999, "10.0"), (24.06, "24.1"), (305.4, "305"), (99.96, "100"),
        (0.0041, "0.0041"),
        (0.25, "0.250"), (-3.5, "-3.50"), (1.5e9, "1.50e+09"), (.nan, "–"), (.infinity, "–"),
    ])
    func `figures have about three digits`(value: Double, text: String) {
        #expect(Figure.text(value) == text)
    }

    @Test func `absent figures are empty`() {
        #expect(Figure.text(nil) == "" && Figure.text(nil, decimals: 2) == "" && Figure.percentage(nil) == "")
        #expect(Figure.percentage(0.714) == "71 %" && Figure.text(1.005, decimals: 1) == "1.0")
    }
}
