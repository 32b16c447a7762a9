import ArgumentParser
import TandemTraining

/// `tandem evaluate lookup`: how often what followed the latest tokens earlier follows again.
struct EvaluateLookupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lookup", abstract: "Count how often prompt look-up's guess is right, by the length of its match.",
        discussion: """
            Reads answers that 'tandem distill' has stored, token by token, and looks before every token of an answer for
            the longest match of the latest tokens earlier in the document, as drafting does. What is counted is how often
            the token that followed there follows again, beside what look-up expects of a match of that length. No model is
            needed, and none runs.

            Greedy answers, in which every token is the large model's most probable one, are counted apart from all others:
            those that were drawn, of which look-up expects what it does at temperature 1, and texts that were found. Shards
            without the large model's likeliest tokens do not tell which is which. Errors are standard errors over
            documents.

            Examples:
              tandem evaluate lookup --data answers
              tandem evaluate lookup --data answers more-answers --documents 500 --json
            """)

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Answers: folders of shards, or token files.", valueName: "path"))
    var data: [String]

    @Option(help: ArgumentHelp("Read at most so many documents, evenly spread over all.", valueName: "count"))
    var documents: Int?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        try OptionCheck.range("documents", documents, 1...Int.max)
    }

    func run() async throws {
        let data = try TrainingData(paths: data)
        let chosen = data.documents(atMost: documents)
        let bar = ProgressBar(quantity: .counted("documents"), isQuiet: output.quiet)
        bar.begin("counting", total: Double(chosen.count))
        defer { bar.finish(isKept: false) }
        var evaluation = LookupEvaluation()
        for (index, range) in chosen.enumerated() {
            let document = EvaluationDocument(tokens: try data.tokens(range), marks: data.marks(range))
            evaluation.add(document, as: try data.kind(ofAnswersIn: range))
            bar.advance(to: Double(index + 1))
        }
        bar.finish(isKept: false)
        let report = evaluation.report
        guard !report.answers.isEmpty else {
            throw CommandError(
                "\(data.name) has nothing to count: no document has a marked token with another before it. Give answers "
                    + "that 'tandem distill' has stored.")
        }
        if output.json {
            return try StandardOutput.json(
                LookupDocumentReport(source: self.data.joined(separator: " "), answers: report.answers))
        }
        try StandardOutput.write(LookupText(report).text)
        output.remark("expected: what look-up expects of such matches; of drawn answers, at temperature 1.")
    }
}

/// The result for programs.
private struct LookupDocumentReport: Encodable {
    var source: String
    var answers: [LookupReport.Answers]
}
