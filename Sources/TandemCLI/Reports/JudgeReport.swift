import Foundation
import TandemCheckpoint
import TandemDecoding
import TandemTraining

/// What training a judge came to, for programs and people.
struct JudgeReport: Encodable {
    var bundle: String
    var answers: Int
    var report: JudgeCalibration.Report

    enum CodingKeys: String, CodingKey {
        case bundle, answers
        case report = "figures"
    }

    /// For the model's card.
    var figures: [BundleContents.Figure] {
        report.heldOut.passing.map { passing in
            .init(
                String(format: "pass at threshold %g, held-out", passing.threshold),
                String(format: "%.1f %% of good tokens, %.1f %% of bad ones", 100 * passing.good, 100 * passing.bad))
        }
    }

    /// For people.
    var text: String {
        var table = TextTable([("threshold", .right), ("good that pass", .right), ("bad that pass", .right)])
        for passing in report.heldOut.passing {
            table.add(
                String(format: "%g", passing.threshold), String(format: "%.1f %%", 100 * passing.good),
                String(format: "%.1f %%", 100 * passing.bad))
        }
        let discrimination =
            report.heldOut.discrimination.map { String(format: "; right of 100 pairs %.1f", 100 * $0) } ?? ""
        return table.text
            + "\nlearnt from \(report.goodCount) good and \(report.badCount) bad tokens of \(answers) answers; held out "
            + "\(report.heldOut.goodCount) and \(report.heldOut.badCount)\(discrimination)\nwritten to \(bundle)\n"
    }
}
