import Foundation
import TandemCheckpoint
import TandemDecoding
import TandemTraining

/// What training a router came to, for programs and people.
struct RouterReport: Encodable {
    /// What is kept in the bundle.
    struct Record: Encodable {
        var parameters: Int
        var questions: Int
        var figures: RouterCalibration.Report
    }

    var bundle: String
    var parameters: Int
    var questions: Int
    var report: RouterCalibration.Report
    /// Whether `--draft-length auto` goes by the router, in greedy answers and in drawn ones.
    var automatic: Automatic

    struct Automatic: Encodable {
        var greedy: Bool
        var drawn: Bool
    }

    enum CodingKeys: String, CodingKey {
        case bundle, parameters, questions
        case report = "figures"
        case automatic = "auto_goes_by_router"
    }

    init(bundle: String, _ calibration: RouterCalibration, questions: Int, parameters: Int) {
        func isWorthIt(_ temperature: Float) -> Bool {
            calibration.routerAcceptance.isWorthItsNetwork(over: calibration.acceptance, temperature: temperature)
        }
        self.bundle = bundle
        report = calibration.report
        automatic = Automatic(greedy: isWorthIt(0), drawn: isWorthIt(1))
        self.questions = questions
        self.parameters = parameters
    }

    var record: Record { Record(parameters: parameters, questions: questions, figures: report) }

    /// For the model's card.
    var figures: [BundleContents.Figure] {
        let places = report.places.map { String(format: "%.1f", 100 * $0.acceptance) }.joined(separator: " ")
        return [
            .init("guesses that stood, by place in a block, of those that were judged", places + " %"),
            .init("router: distance to the agreement of both models, held-out", Self.number(report.router.error)),
            .init("the same of the small model's own probability", Self.number(report.drafter.error)),
            .init("router: tells a guess that stands from one that falls, held-out", Self.share(report.router)),
            .init("the same of the small model's own probability", Self.share(report.drafter)),
        ]
    }

    /// For people.
    var text: String {
        var table = TextTable([
            ("held-out guesses judged by", .left), ("error", .right), ("cross entropy", .right),
            ("right of 100 pairs", .right),
        ])
        for (name, score) in [
            ("the router", report.router), ("their own probability", report.drafter), ("the mean", report.mean),
        ] {
            table.add(name, Self.number(score.error), Self.number(score.crossEntropy), Self.share(score))
        }
        var places = TextTable([("place", .right), ("judged", .right), ("stood", .right), ("", .left)])
        for (index, place) in report.places.enumerated() {
            places.add(
                "\(index + 1)", "\(place.judged)", String(format: "%.1f %%", 100 * place.acceptance),
                EvaluationText.bar(place.acceptance))
        }
        return table.text + "\n" + places.text
            + "\n\(report.learnt) guesses learnt from \(questions) answers, \(report.heldOut) held out; "
            + "\(parameters) weights\n\(advice)\nwritten to \(bundle)\n"
    }

    private var advice: String {
        let answers: String? =
            switch (automatic.greedy, automatic.drawn) {
            case (true, true): "all"
            case (true, false): "greedy"
            case (false, true): "drawn"
            case (false, false): nil
            }
        return answers.map { "--draft-length auto goes by it in \($0) answers" }
            ?? "--draft-length auto goes by their own probability, which tells as much; --draft-length router goes by it"
    }

    private static func number(_ value: Double) -> String { String(format: "%.3f", value) }

    private static func share(_ score: ConfidenceScore) -> String {
        score.discrimination.map { String(format: "%.1f", 100 * $0) } ?? "-"
    }
}
