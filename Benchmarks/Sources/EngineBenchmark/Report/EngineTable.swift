import TandemBenchmark

/// The engine's table for one model file.
struct EngineTable: Codable {
    /// How the weights are stored.
    var format: String
    /// Bytes of weights that one pass of ours reads.
    var weightBytes: Int
    var lines: [EngineLine]
    /// Cores that others kept busy, on average.
    var othersCores: Double
    var readings: Readings

    init(format: String, weightBytes: Int, decodeBytes: Int, readings: Readings, notes: EngineNotes) {
        self.format = format
        self.weightBytes = weightBytes
        self.readings = readings
        othersCores = readings.othersCores
        let maker = LineMaker(readings: readings, decodeBytes: decodeBytes)
        lines = maker.lines().map { line in
            var line = line
            if line.verdict == .miss || line.verdict == .must && line.goal?.must == nil {
                line.note = notes.note(on: line, format: format)
            }
            return line
        }
    }

    /// Whether one may conclude from the figures.
    var isTrusted: Bool { othersCores <= 0.05 && lines.allSatisfy(\.isTrusted) }

    /// Says so.
    var trust: String {
        let disturbed = readings.all.count { !$0.isQuiet }
        let load =
            "Others used \(Summary.text(othersCores)) cores on average; \(disturbed) of \(readings.all.count) readings were "
            + "taken beside more than 5 % of a core of theirs."
        if isTrusted { return load + " The figures can be trusted." }
        let names = lines.filter { !$0.isTrusted }.map(\.title)
        return load + " The figures CANNOT be trusted"
            + (names.isEmpty ? "." : "; worst are: " + names.joined(separator: ", ") + ".")
    }
}

/// Makes lines from readings.
private struct LineMaker {
    let readings: Readings
    let decodeBytes: Int

    func lines() -> [EngineLine] {
        let measurements = EngineMeasurements.self
        var lines = [
            line(
                "decode", "decode \(measurements.decodeCount) tokens, short context", "tokens/s",
                goal: Goal(isRatio: true, must: 2, aim: 2.5)),
            boundShare(),
            line(
                "prefill", "prefill \(measurements.promptCount) tokens", "tokens/s",
                goal: Goal(isRatio: true, must: 4, aim: 6)),
        ]
        let goals = [
            6: Goal(isFloor: false, must: 1.5, aim: 1.25), 8: Goal(isFloor: false, must: 1.7, aim: 1.4),
        ]
        for rows in measurements.rowCounts {
            lines.append(
                line(
                    "rows-\(rows)", "pass over \(rows) \(rows == 1 ? "row" : "rows"), context \(measurements.rowDepth)",
                    "ms", isRate: false))
        }
        for rows in measurements.rowCounts.dropFirst() { lines.append(growth(rows, goal: goals[rows])) }
        lines.append(
            line(
                "together", "\(measurements.conversationCount) conversations at once", "tokens/s",
                goal: Goal(must: 1400, aim: 1900)))
        lines.append(
            line(
                "deep", "decode at context \(measurements.deepDepth)", "tokens/s",
                goal: Goal(isRatio: true, must: 2, aim: 3)))
        lines.append(besideShare())
        lines.append(
            line(
                "start", "start to first token, prompt of 20 tokens", "s", isRate: false,
                goal: Goal(isFloor: false, must: 0.35, aim: 0.2)))
        lines.append(
            line(
                "memory", "memory beyond the weights, \(measurements.memoryPositions) positions read", "MB",
                isRate: false, goal: Goal(isFloor: false, must: 130, aim: 90)))
        lines.append(line("memory-peak", "the most that it ever held beyond the weights", "MB", isRate: false))
        lines.append(line("bandwidth", "reading as many bytes as a decoding step", "GB/s"))
        return lines
    }

    private func line(_ identifier: String, _ title: String, _ unit: String, isRate: Bool = true, goal: Goal? = nil)
        -> EngineLine
    {
        let ours = values(readings.tandem[identifier])
        let theirs = values(readings.llama[identifier])
        return EngineLine(
            identifier: identifier, title: title, unit: unit, tandem: Summary(ours), llama: Summary(theirs),
            ratio: Summary(zip(ours, theirs).map { isRate ? $0 / $1 : $1 / $0 }), goal: goal,
            flashAttention: readings.flashAttention[identifier], of: [identifier], in: readings)
    }

    /// Decoding as a share of what memory allows.
    private func boundShare() -> EngineLine {
        let shares = zip(values(readings.tandem["decode"]), values(readings.tandem["bandwidth"])).map {
            $0 / ($1 * 1e9 / Double(decodeBytes)) * 100
        }
        return EngineLine(
            identifier: "bound", title: "the same as a share of the bandwidth bound", unit: "%",
            tandem: Summary(shares),
            goal: Goal(aim: 85), of: ["decode", "bandwidth"], in: readings)
    }

    /// v(T).
    private func growth(_ rows: Int, goal: Goal?) -> EngineLine {
        func growth(_ readings: [String: [Reading]]) -> [Double] {
            zip(values(readings["rows-\(rows)"]), values(readings["rows-1"])).map { $0 / $1 }
        }
        return EngineLine(
            identifier: "v-\(rows)", title: "v(\(rows)): \(rows) rows against one", unit: "×",
            tandem: Summary(growth(readings.tandem)), llama: Summary(growth(readings.llama)), goal: goal,
            flashAttention: readings.flashAttention["rows-1"], of: ["rows-1", "rows-\(rows)"], in: readings)
    }

    /// Decoding beside a process that takes a core, as a share of the quiet speed.
    private func besideShare() -> EngineLine {
        func share(_ readings: [String: [Reading]]) -> [Double] {
            zip(values(readings["beside"]), values(readings["decode"])).map { $0 / $1 }
        }
        return EngineLine(
            identifier: "beside", title: "decode beside a process that takes one core, against alone", unit: "×",
            tandem: Summary(share(readings.tandem)), llama: Summary(share(readings.llama)),
            goal: Goal(must: 0.6, aim: 0.7), flashAttention: readings.flashAttention["beside"],
            of: ["beside", "decode"], in: readings)
    }

    private func values(_ readings: [Reading]?) -> [Double] { (readings ?? []).map(\.value) }
}

extension EngineLine {
    /// A line made from the readings of some measurements.
    fileprivate init(
        identifier: String, title: String, unit: String, tandem: Summary?, llama: Summary? = nil, ratio: Summary? = nil,
        goal: Goal?, flashAttention: Bool? = nil, of measurements: [String], in readings: Readings
    ) {
        self.init(
            identifier: identifier, title: title, unit: unit, tandem: tandem, llama: llama, ratio: ratio, goal: goal,
            flashAttention: flashAttention)
        let all = measurements.flatMap { (readings.tandem[$0] ?? []) + (readings.llama[$0] ?? []) }
        readingCount = all.count
        disturbedCount = all.count { !$0.isQuiet }
    }
}
