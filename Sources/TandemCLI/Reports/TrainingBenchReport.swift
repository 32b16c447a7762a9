import Foundation
import TandemBenchmark
import TandemTraining

/// The figures of `bench training`, for people and for programs.
struct TrainingBenchReport: FigureReport {
    struct Line: Encodable {
        var kind: String
        var weights: [String]
        var rows: Int
        var columns: Int
        var depth: Int
        /// Billions of operations a second, an addition and a multiplication counting as two.
        var speed: Double
        var peak: Double
        /// The median of the rounds' ratios: both sides of a ratio were measured one after the other.
        var share: Double
        var isTrusted: Bool
        /// Of one step, in billions of operations.
        var operations: Double

        enum CodingKeys: String, CodingKey {
            case kind, weights, rows, columns, depth
            case speed = "gflops"
            case peak = "peak_gflops"
            case share = "share_of_peak"
            case isTrusted = "trusted"
            case operations = "step_gflop"
        }

        init(_ product: DenseProduct, peak: Series, speed: Series) {
            kind = product.kind.rawValue
            weights = product.weights
            (rows, columns, depth) = (product.rows, product.columns, product.depth)
            self.speed = speed.median ?? 0
            self.peak = peak.median ?? 0
            share = Series.median(of: zip(speed.samples, peak.samples).map { $0.value / $1.value }) ?? 0
            isTrusted = speed.isTrusted && peak.isTrusted
            operations = 2 * Double(product.multiplyAddCount * product.weights.count) / 1e9
        }
    }

    var model: String
    var preset: SmallModelPreset
    var rows: Int
    var threads: Int
    var rounds: Int
    var lines: [Line]
    /// Of the time that a step's products take, the part in which the peak would have done them.
    var share: Double

    enum CodingKeys: String, CodingKey {
        case model, preset, rows, threads, rounds, lines
        case share = "share_of_peak"
    }

    init(model: String, preset: SmallModelPreset, rows: Int, threads: Int, rounds: Int, lines: [Line]) {
        self.model = model
        self.preset = preset
        self.rows = rows
        self.threads = threads
        self.rounds = rounds
        self.lines = lines
        let operations = lines.reduce(0) { $0 + $1.operations }
        share = operations / lines.reduce(0) { $0 + $1.operations / $1.share }
    }

    /// A table.
    var text: String {
        var table = TextTable([
            ("", .left), ("product", .left), ("rows × columns × depth", .left), ("weights", .right),
            ("GFLOP/s", .right), ("peak", .right), ("share", .right),
        ])
        for line in lines {
            table.add(
                line.isTrusted ? "" : "!", line.kind, "\(line.rows) × \(line.columns) × \(line.depth)",
                "\(line.weights.count)", String(format: "%.0f", line.speed), String(format: "%.0f", line.peak),
                String(format: "%.1f %%", 100 * line.share))
        }
        var text = "\(model), preset \(preset.rawValue), \(rows) tokens, \(threads) threads, \(rounds) rounds\n\n"
        text += table.text
        text += String(format: "\na step's products reach %.1f %% of the processor's arithmetic\n", 100 * share)
        if !lines.allSatisfy(\.isTrusted) { text += Self.disturbed + "\n" }
        return text
    }

    /// A line for each product, with a heading.
    var csv: String {
        lines.reduce("kind,rows,columns,depth,weights,gflops,peak_gflops,share_of_peak,trusted\n") { text, line in
            text + line.kind + ",\(line.rows),\(line.columns),\(line.depth),\(line.weights.count),\(line.speed),"
                + "\(line.peak),\(line.share),\(line.isTrusted)\n"
        }
    }
}
