import ArgumentParser

/// What a measurement found, in the forms that people and programs want it in.
protocol FigureReport: Encodable {
    /// A table.
    var text: String { get }
    /// A heading and a line for each figure.
    var csv: String { get }
}

extension FigureReport {
    /// What a ! in front of a figure says.
    static var disturbed: String {
        "figures marked ! were disturbed and cannot be trusted: run it again on a quiet machine"
    }
}

/// How figures are printed: as a table, comma-separated values, or one JSON object.
struct FigureOptions: ParsableArguments {
    @Flag(help: "Print comma-separated values.")
    var csv = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if csv, output.json { throw ValidationError("Choose one of --csv and --json.") }
    }

    func write(_ report: some FigureReport) throws {
        if output.json { return try StandardOutput.json(report) }
        try StandardOutput.write(csv ? report.csv : report.text)
    }
}
