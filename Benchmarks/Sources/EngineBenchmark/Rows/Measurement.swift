import TandemBenchmark

/// One thing that both engines do, or that only ours is asked for.
struct Measurement {
    /// What a line of the table, a note and the JSON call it.
    let identifier: String
    /// Whether a greater value is better.
    var isRate = true
    /// Measurements that llama.cpp does with the same setting of flash attention.
    var group: String
    /// Takes one measurement of ours.
    let tandem: () throws -> Double
    /// Takes one of llama.cpp's.
    let llama: ((LlamaPeers) throws -> Double)?

    init(
        _ identifier: String, isRate: Bool = true, group: String? = nil, tandem: @escaping () throws -> Double,
        llama: ((LlamaPeers) throws -> Double)? = nil
    ) {
        self.identifier = identifier
        self.isRate = isRate
        self.group = group ?? identifier
        self.tandem = tandem
        self.llama = llama
    }
}

/// Readings of both engines, repetition by repetition, under the identifiers of their measurements.
struct Readings: Codable {
    var tandem: [String: [Reading]] = [:]
    var llama: [String: [Reading]] = [:]
    /// Under which setting of flash attention llama.cpp was measured: the better one.
    var flashAttention: [String: Bool] = [:]

    /// All of them.
    var all: [Reading] { [tandem, llama].flatMap { $0.values.flatMap { $0 } } }

    /// Processor time of others during all readings, in cores.
    var othersCores: Double {
        let seconds = all.reduce(0) { $0 + $1.seconds }
        return seconds > 0 ? all.reduce(0) { $0 + ($1.othersCores ?? 0) * $1.seconds } / seconds : 0
    }
}
