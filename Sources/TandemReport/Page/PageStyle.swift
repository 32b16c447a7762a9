/// How a page looks.
enum PageStyle {
    /// How many series have a look of their own; the next ones begin anew.
    static let seriesCount = 8

    /// Dashes of the series' lines, so that they can be told apart without colours.
    static let dashes = ["", "7 4", "2 3", "9 3 2 3", "12 4", "4 2", "1 4", "6 2 1 2 1 2"]

    /// The class that gives a series its colour.
    static func seriesClass(_ index: Int) -> String { "s\(index % seriesCount)" }

    /// The style sheet. Colours are variables, given twice: for light screens and paper, and for dark ones.
    static let sheet = """
        :root {
          color-scheme: light dark;
          --page: #ffffff; --ink: #1d2125; --soft: #5b646d; --rule: #d5dae0; --panel: #f5f7f9;
        \(palette(["#0b62c4", "#c4520b", "#127a4b", "#8a3ab9", "#a3720a", "#0b7f8f", "#b3275e", "#555c64"]))
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --page: #15181b; --ink: #e6e9ec; --soft: #9aa5b0; --rule: #363d45; --panel: #1d2226;
        \(palette(["#6cb2ff", "#ff9b5c", "#5ed39b", "#cb95f2", "#e6bd4c", "#58cfe0", "#ff86b3", "#b4bcc4"]))
          }
        }
        @media print { :root { color-scheme: light; } figure, table { break-inside: avoid; } }
        body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
        main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
        h1 { font-size: 1.7rem; line-height: 1.2; } h2 { font-size: 1.3rem; margin-top: 2.2rem; }
        h3 { font-size: 1.05rem; margin-top: 1.6rem; }
        p { max-width: 46rem; white-space: pre-line; }
        pre { background: var(--panel); padding: .7rem .9rem; overflow-x: auto; border-radius: 4px; font-size: .85rem; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; }
        dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
        .wide { overflow-x: auto; margin: 1rem 0; }
        table { border-collapse: collapse; font-size: .92rem; }
        caption { text-align: left; color: var(--soft); padding-bottom: .35rem; }
        th, td { padding: .28rem .8rem; text-align: left; border-bottom: 1px solid var(--rule); vertical-align: top; }
        th { border-bottom-width: 2px; font-weight: 600; }
        .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        figure { margin: 1.4rem 0; } figcaption { font-weight: 600; margin-bottom: .3rem; }
        svg.chart { width: 100%; height: auto; max-height: 28rem; }
        .key { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; list-style: none; margin: .3rem 0 0; padding: 0; }
        .key { font-size: .88rem; } .key svg { width: 2rem; height: .8rem; vertical-align: -.05rem; }
        .chart text { fill: var(--soft); font: 12px system-ui, sans-serif; font-variant-numeric: tabular-nums; }
        .grid { stroke: var(--rule); stroke-width: 1; } .axis { stroke: var(--soft); stroke-width: 1; }
        .line { fill: none; stroke: var(--series); stroke-width: 2; stroke-linejoin: round; }
        .dot { fill: var(--series); } .bar { fill: var(--series); }
        .error { stroke: var(--ink); stroke-width: 1.3; fill: none; }
        .reference { stroke: var(--ink); stroke-width: 1.2; stroke-dasharray: 5 4; }
        \((0..<seriesCount).map { ".s\($0) { --series: var(--series\($0)); }" }.joined(separator: " "))
        """

    private static func palette(_ colours: [String]) -> String {
        "  " + colours.enumerated().map { "--series\($0): \($1);" }.joined(separator: " ")
    }
}
