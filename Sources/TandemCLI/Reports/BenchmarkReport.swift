import Foundation
import TandemBenchmark

/// The figures of `bench`, for people and for programs.
struct BenchmarkReport: FigureReport {
    struct Line: Encodable {
        var name: String
        var unit: String
        var median: Double?
        var lowest: Double?
        var highest: Double?
        var isTrusted: Bool
        var samples: [Double]
        var othersCores: [Double?]

        enum CodingKeys: String, CodingKey {
            case name, unit, median, lowest, highest, samples
            case isTrusted = "trusted"
            case othersCores = "others_cores"
        }

        init(_ series: Series) {
            name = series.name
            unit = series.unit
            median = series.median
            lowest = series.countedValues.min()
            highest = series.countedValues.max()
            isTrusted = series.isTrusted
            samples = series.samples.map(\.value)
            othersCores = series.samples.map(\.othersCores)
        }
    }

    struct Row: Encodable {
        var rows: Int
        var milliseconds: Double
        /// Over a pass of one row.
        var ratio: Double
    }

    var model: String
    var threads: Int
    var rounds: Int
    var weightBytes: Int
    var lines: [Line]
    /// The table v(T).
    var rowTable: [Row]
    var bandwidth: Double?
    /// Tokens a second if a pass did nothing but read its bytes.
    var decodeBound: Double?
    var decodeShareOfBound: Double?
    /// Cores that others kept busy over the whole run; `nil` where the system does not say.
    var othersCores: Double?
    var isTrusted: Bool { lines.allSatisfy(\.isTrusted) }

    enum CodingKeys: String, CodingKey {
        case model, threads, rounds, lines, bandwidth
        case weightBytes = "weight_bytes"
        case rowTable = "row_table"
        case decodeBound = "decode_bound_tokens_per_second"
        case decodeShareOfBound = "decode_share_of_bound"
        case othersCores = "others_cores"
        case isTrusted = "trusted"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(model, forKey: .model)
        try container.encode(threads, forKey: .threads)
        try container.encode(rounds, forKey: .rounds)
        try container.encode(weightBytes, forKey: .weightBytes)
        try container.encode(lines, forKey: .lines)
        try container.encode(rowTable, forKey: .rowTable)
        try container.encode(bandwidth, forKey: .bandwidth)
        try container.encode(decodeBound, forKey: .decodeBound)
        try container.encode(decodeShareOfBound, forKey: .decodeShareOfBound)
        try container.encode(othersCores, forKey: .othersCores)
        try container.encode(isTrusted, forKey: .isTrusted)
    }

    /// A table.
    var text: String {
        var table = TextTable([("", .left), ("what", .left), ("median", .right), ("", .left), ("range", .left)])
        for line in lines {
            table.add(
                line.isTrusted ? "" : "!", line.name, Self.number(line.median), line.unit,
                "\(Self.number(line.lowest)) to \(Self.number(line.highest))")
        }
        var text = "\(model), \(threads) threads, \(rounds) rounds\n\n" + table.text
        if let one = rowTable.first {
            text +=
                "\nv(T) = t(T) / t(\(one.rows)):  "
                + rowTable.map { "v(\($0.rows)) " + String(format: "%.2f", $0.ratio) }.joined(separator: "  ") + "\n"
        }
        if let decodeBound, let decodeShareOfBound {
            text += String(
                format: "\ndecoding cannot beat %.1f tokens/s on this memory and reaches %.0f %% of that\n",
                decodeBound,
                100 * decodeShareOfBound)
        }
        return text + remark
    }

    /// What others did meanwhile.
    private var remark: String {
        guard let othersCores else {
            return "\nHow much others used of the machine meanwhile is unknown on this system.\n"
        }
        let used = String(format: "\nothers kept %.2f cores busy meanwhile", othersCores)
        return used
            + (isTrusted
                ? "\n" : "; \(Self.disturbed)\n")
    }

    /// A line for each figure, with a heading.
    var csv: String {
        func field(_ text: String) -> String { "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\"" }
        func number(_ value: Double?) -> String { value.map { String($0) } ?? "" }
        var text = "model,threads,name,unit,median,lowest,highest,trusted\n"
        for line in lines {
            text +=
                [
                    field(model), "\(threads)", field(line.name), field(line.unit), number(line.median),
                    number(line.lowest),
                    number(line.highest), "\(line.isTrusted)",
                ].joined(separator: ",") + "\n"
        }
        return text
    }

    private static func number(_ value: Double?) -> String {
        guard let value else { return "" }
        return String(format: abs(value) >= 100 ? "%.0f" : abs(value) >= 10 ? "%.1f" : "%.2f", value)
    }
}
