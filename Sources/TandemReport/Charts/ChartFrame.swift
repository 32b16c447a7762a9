/// The drawing area of a chart with its axes, as SVG.
///
///     ┌──────┬─────────────────────┐
///     │ tick │                     │
///     │ tick │        plot         │
///     │ tick │                     │
///     ├──────┼─────────────────────┤
///     │      │ tick   tick   tick  │
///     └──────┴─────────────────────┘
struct ChartFrame {
    static let width = 760.0
    static let height = 360.0
    static let left = 72.0
    static let right = 740.0
    static let top = 14.0
    static let bottom = 304.0

    /// A place between the left and the right end, given from 0 to 1.
    static func x(_ place: Double) -> Double { left + place * (right - left) }
    /// A place between the lower and the upper end, given from 0 to 1.
    static func y(_ place: Double) -> Double { bottom - place * (bottom - top) }

    /// The axis at the left: a line across the plot for each tick, its name, and the title.
    static func verticalAxis(_ mapping: AxisMapping, title: String) -> String {
        var lines = mapping.ticks.map { tick in
            let y = Figure.coordinate(y(mapping.place(of: tick)))
            return """
                <line class="grid" x1="\(Figure.coordinate(left))" x2="\(Figure.coordinate(right))" y1="\(y)" y2="\(y)"/>\
                <text x="\(Figure.coordinate(left - 8))" y="\(y)" dy=".32em" text-anchor="end">\
                \(HTMLText.escaped(mapping.label(of: tick)))</text>
                """
        }
        let middle = Figure.coordinate((top + bottom) / 2)
        lines.append(
            "<text transform=\"translate(14 \(middle)) rotate(-90)\" text-anchor=\"middle\">"
                + "\(HTMLText.escaped(title))</text>")
        return lines.joined(separator: "\n")
    }

    /// The axis below, with ticks.
    static func horizontalAxis(_ mapping: AxisMapping, title: String) -> String {
        let ticks = mapping.ticks.map { tick in
            let x = Figure.coordinate(x(mapping.place(of: tick)))
            return """
                <line class="axis" x1="\(x)" x2="\(x)" y1="\(Figure.coordinate(bottom))" \
                y2="\(Figure.coordinate(bottom + 5))"/>\
                <text x="\(x)" y="\(Figure.coordinate(bottom + 19))" text-anchor="middle">\
                \(HTMLText.escaped(mapping.label(of: tick)))</text>
                """
        }
        return (ticks + [horizontalLine, titleBelow(title)]).joined(separator: "\n")
    }

    static var horizontalLine: String {
        let y = Figure.coordinate(bottom)
        return "<line class=\"axis\" x1=\"\(Figure.coordinate(left))\" x2=\"\(Figure.coordinate(right))\" "
            + "y1=\"\(y)\" y2=\"\(y)\"/>"
    }

    static func titleBelow(_ title: String) -> String {
        "<text x=\"\(Figure.coordinate((left + right) / 2))\" y=\"\(Figure.coordinate(height - 10))\" "
            + "text-anchor=\"middle\">\(HTMLText.escaped(title))</text>"
    }

    /// A figure: title, drawing, key.
    ///
    /// - Parameters:
    ///   - title: Above the drawing, and what screen readers say of it.
    ///   - content: What is drawn.
    ///   - key: What each look stands for; one entry alone goes without.
    static func figure(title: String, content: [String], key: [String]) -> String {
        let caption = title.isEmpty ? "" : "<figcaption>\(HTMLText.escaped(title))</figcaption>\n"
        let list = key.isEmpty ? "" : "\n<ul class=\"key\">\n\(key.joined(separator: "\n"))\n</ul>"
        return """
            <figure>
            \(caption)<svg class="chart" viewBox="0 0 \(Figure.coordinate(width)) \(Figure.coordinate(height))" role="img" \
            aria-label="\(HTMLText.escaped(title))">
            \(content.filter { !$0.isEmpty }.joined(separator: "\n"))
            </svg>\(list)
            </figure>
            """
    }

    /// An entry of a key.
    ///
    /// - Parameters:
    ///   - sample: SVG in a field of 32 by 12.
    ///   - series: Which look.
    ///   - name: What it stands for.
    static func keyEntry(_ sample: String, series: Int, name: String) -> String {
        "<li class=\"\(PageStyle.seriesClass(series))\"><svg viewBox=\"0 0 32 12\" aria-hidden=\"true\">\(sample)</svg> "
            + "\(HTMLText.escaped(name))</li>"
    }
}
