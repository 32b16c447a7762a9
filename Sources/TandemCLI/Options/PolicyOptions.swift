import ArgumentParser

/// What all commands take that train a small network beside a bundle's small model.
struct PolicyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The folder of a bundle, or of a finished training run.", valueName: "path"))
    var bundle: String

    @Option(help: ArgumentHelp("Leave out so many lines of the file in front.", valueName: "count"))
    var skip = 0

    @Option(help: ArgumentHelp("Share of the answers that it does not see, but is measured on.", valueName: "share"))
    var heldOut = 0.25

    @Option(help: ArgumentHelp("Step size.", valueName: "rate"))
    var rate: Float = 1e-3

    @Option(help: ArgumentHelp("Decides every draw, first weights, and the order of learning.", valueName: "number"))
    var seed: UInt64 = 1

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        try OptionCheck.range("skip", skip, 0...Int.max)
        try OptionCheck.fraction("held-out", heldOut)
        try OptionCheck.fraction("rate", rate)
    }

    /// The lines to learn from: two at least, so that one can be held out.
    ///
    /// - Parameters:
    ///   - lines: All lines of the file.
    ///   - limit: How many are taken at most.
    ///   - what: What a line is, in the plural.
    ///   - path: The file.
    func selection<Line>(of lines: [Line], limit: Int, what: String, path: String) throws -> [Line] {
        let selection = Array(lines.dropFirst(skip).prefix(limit))
        guard selection.count > 1 else {
            throw CommandError("\(path) has \(selection.count) \(what) after the first \(skip), and two are needed.")
        }
        return selection
    }
}
