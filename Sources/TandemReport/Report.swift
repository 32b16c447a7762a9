/// A page that tells what was measured: text, tables and charts in one HTML file.
///
///     var report = Report(title: "Drafting")
///     report.add(.paragraph("Medians of five runs."))
///     report.add(.table(table))
///     report.add(.lineChart(chart))
///     try Data(report.html.utf8).write(to: file)
///
/// The page needs nothing beside itself: no scripts, no fonts, no network. It follows the reader's choice of a light or
/// dark screen, and prints. What is given as text is shown as that text, whatever characters it holds.
public struct Report: Sendable, Hashable {
    /// The page's heading, and its name in the browser.
    public var title: String
    /// What the page shows, from top to bottom.
    public var elements: [ReportElement]

    /// A page.
    public init(title: String, elements: [ReportElement] = []) {
        self.title = title
        self.elements = elements
    }

    /// Shows one thing more.
    public mutating func add(_ element: ReportElement) { elements.append(element) }

    /// The whole page. The same report is always the same text.
    public var html: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8"/>
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <title>\(HTMLText.escaped(title))</title>
        <style>
        \(PageStyle.sheet)
        </style>
        </head>
        <body>
        <main>
        <h1>\(HTMLText.escaped(title))</h1>
        \(elements.map(\.html).joined(separator: "\n"))
        </main>
        </body>
        </html>

        """
    }
}

/// One thing on a page.
public enum ReportElement: Sendable, Hashable {
    /// Begins a section.
    case heading(String)
    /// Begins a part of a section.
    case subheading(String)
    /// Text.
    case paragraph(String)
    /// Text as it is, line by line: a command, a file.
    case code(String)
    /// Names and values.
    case facts(FactList)
    /// Rows and columns.
    case table(ReportTable)
    /// Curves.
    case lineChart(LineChart)
    /// Bars in groups.
    case barChart(BarChart)

    var html: String {
        switch self {
        case .heading(let text): "<h2>\(HTMLText.escaped(text))</h2>"
        case .subheading(let text): "<h3>\(HTMLText.escaped(text))</h3>"
        case .paragraph(let text): "<p>\(HTMLText.escaped(text))</p>"
        case .code(let text): "<pre><code>\(HTMLText.escaped(text))</code></pre>"
        case .facts(let facts): facts.html
        case .table(let table): table.html
        case .lineChart(let chart): chart.html
        case .barChart(let chart): chart.html
        }
    }
}
