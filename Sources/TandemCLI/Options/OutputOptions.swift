import ArgumentParser

/// What a command prints.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print one JSON object on standard output, and nothing else there.")
    var json = false

    @Flag(name: .shortAndLong, help: "Print no progress and no remarks on standard error.")
    var quiet = false

    /// A remark for people.
    func remark(_ text: String) {
        if !quiet { StandardError.line(text) }
    }
}
