import Foundation
import TandemTraining

/// How often look-up was right, as a table for each kind of answers.
struct LookupText {
    private let report: LookupReport

    init(_ report: LookupReport) { self.report = report }

    var text: String { report.answers.map { Self.table(of: $0) }.joined(separator: "\n") }

    private static func table(of answers: LookupReport.Answers) -> String {
        var table = TextTable([
            ("match", .right), ("of tokens", .right), ("stood", .right), ("", .left), ("expected", .right),
        ])
        for line in answers.lengths { add(line, as: name(line), to: &table) }
        add(answers.overall, as: "any", to: &table)
        return "\(title(answers.kind)): \(answers.tokenCount.counted("token")) of "
            + "\(answers.documentCount.counted("document"))\n\n" + table.text
    }

    private static func add(_ line: LookupReport.Line, as name: String, to table: inout TextTable) {
        table.add(
            name, EvaluationText.share(line.share), line.stood.map(EvaluationText.share) ?? "–",
            line.stood.map { EvaluationText.bar($0.value) } ?? "",
            line.expected.map { String(format: "%.1f %%", 100 * $0) } ?? "–")
    }

    /// For example `4`, `5–8` or `13 and more`.
    private static func name(_ line: LookupReport.Line) -> String {
        guard let longest = line.longest else { return "\(line.shortest) and more" }
        return line.shortest == longest ? "\(longest)" : "\(line.shortest)–\(longest)"
    }

    private static func title(_ kind: AnswerKind) -> String {
        switch kind {
        case .greedy: "greedy answers"
        case .drawn: "drawn answers, found texts"
        case .unknown: "answers of which it is not stored whether they are greedy"
        }
    }
}
