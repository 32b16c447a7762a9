import TandemBenchmark
import TandemCheckpoint
import TandemMath
import TandemModels

/// What the table of the engine is made of: one model file, opened by both engines.
struct EngineMeasurements {
    /// Rows of one pass whose cost is measured.
    static let rowCounts = [1, 2, 3, 4, 6, 8, 12, 16]
    static let decodeCount = 128
    static let promptCount = 512
    static let rowDepth = 512
    static let deepDepth = 2000
    static let deepCount = 32
    static let conversationCount = 16
    static let conversationDepth = 32
    static let conversationSteps = 16
    static let memoryPositions = 2048

    let model: LargeModel
    let program: TandemProgram
    let pool: ComputePool
    let meter: LoadMeter

    init(path: String, tandem: String, threads: Int, meter: LoadMeter) throws {
        pool = ComputePool(threadCount: threads)
        self.meter = meter
        model = try LargeModel(CheckpointReader.open(path), pool: pool)
        program = TandemProgram(path: tandem, model: path, threads: threads, meter: meter)
        let needed = max(Self.deepDepth + Self.deepCount, Self.memoryPositions)
        guard model.configuration.contextLength >= needed else {
            throw BenchmarkError(
                "\(path) has \(model.configuration.contextLength) positions; the benchmark needs \(needed).")
        }
    }

    /// Bytes that a decoding step of the first measurement reads: all weights, and what is in the cache on average.
    var decodeByteCount: Int {
        ModelWorkload(model: model, pool: pool).byteCountOfPass(depth: Self.decodeCount / 2)
    }

    /// All measurements in the table's order.
    func all() -> [Measurement] {
        let workload = ModelWorkload(model: model, pool: pool)
        let machine = MachineWorkload(byteCount: decodeByteCount, pool: pool)
        return [bandwidth(machine), decode(workload), prefill(workload)] + passes(workload)
            + [together(workload), deep(workload), besideAnother(workload), start()] + memory()
    }

    private func bandwidth(_ machine: MachineWorkload) -> Measurement {
        Measurement("bandwidth", tandem: { machine.readBandwidth(readings: 11) / 1e9 })
    }

    private func decode(_ workload: ModelWorkload) -> Measurement {
        let count = Self.decodeCount
        return Measurement(
            "decode", tandem: { try Double(count) / workload.decode(count: count, depth: 0).inSeconds },
            llama: { try Double(count) / $0.short.decode(count: count) })
    }

    private func prefill(_ workload: ModelWorkload) -> Measurement {
        let count = Self.promptCount
        return Measurement(
            "prefill", tandem: { try Double(count) / workload.prefill(count: count).inSeconds },
            llama: { try Double(count) / $0.short.prefill(count: count) })
    }

    private func passes(_ workload: ModelWorkload) -> [Measurement] {
        Self.rowCounts.map { rows in
            Measurement(
                "rows-\(rows)", isRate: false, group: "rows",
                tandem: { try workload.pass(rows: rows, depth: Self.rowDepth, repetitions: 7).inSeconds * 1e3 },
                llama: { peers in
                    let seconds = try peers.short.pass(rows: rows, depth: Self.rowDepth, repetitions: 4)
                    // The first pass after another kind of work is not counted for us either.
                    return seconds.dropFirst().reduce(0, +) / Double(seconds.count - 1) * 1e3
                })
        }
    }

    private func together(_ workload: ModelWorkload) -> Measurement {
        let count = Self.conversationCount * Self.conversationSteps
        return Measurement(
            "together",
            tandem: {
                try Double(count)
                    / workload.decodeTogether(
                        conversations: Self.conversationCount, count: Self.conversationSteps,
                        depth: Self.conversationDepth
                    ).inSeconds
            },
            llama: {
                try Double(count)
                    / $0.together.decodeTogether(
                        conversations: Self.conversationCount, count: Self.conversationSteps,
                        depth: Self.conversationDepth)
            })
    }

    private func deep(_ workload: ModelWorkload) -> Measurement {
        let count = Self.deepCount
        return Measurement(
            "deep", tandem: { try Double(count) / workload.decode(count: count, depth: Self.deepDepth).inSeconds },
            llama: { peers in
                // Single rows at the same depth again and again: its context stays filled that way.
                let seconds = try peers.deep.pass(rows: 1, depth: Self.deepDepth, repetitions: count)
                return Double(seconds.count) / seconds.reduce(0, +)
            })
    }

    private func besideAnother(_ workload: ModelWorkload) -> Measurement {
        let count = Self.decodeCount
        return Measurement(
            "beside",
            tandem: {
                try besideHog(meter: meter) { try Double(count) / workload.decode(count: count, depth: 0).inSeconds }
            },
            llama: { peers in
                // Few: its threads wait for each other at every operation, and each wait may take a time slice of the hog's.
                let few = count / 8
                return try besideHog(meter: meter) { try Double(few) / peers.short.decode(count: few) }
            })
    }

    private func start() -> Measurement {
        Measurement("start", isRate: false, tandem: { try program.secondsToFirstToken() })
    }

    private func memory() -> [Measurement] {
        let weights = Double(model.weightByteCount) / 1e6
        return [
            Measurement(
                "memory", isRate: false,
                tandem: { try program.megabytes(positions: Self.memoryPositions).resident - weights }),
            Measurement(
                "memory-peak", isRate: false,
                tandem: { try program.megabytes(positions: Self.memoryPositions).peak - weights }),
        ]
    }
}
