import TandemBenchmark

/// llama.cpp with one setting of flash attention: three processes, so that none has to fill its context anew for each line.
struct LlamaPeers {
    let flashAttention: Bool
    /// Short contexts.
    let short: LlamaPeer
    /// Keeps its context filled.
    let deep: LlamaPeer
    /// Many conversations.
    let together: LlamaPeer

    init(
        python: String, script: String, model: String, threads: Int, conversations: Int, deepContext: Int,
        flashAttention: Bool, meter: LoadMeter
    ) throws {
        self.flashAttention = flashAttention
        short = try LlamaPeer(python: python, script: script, meter: meter)
        deep = try LlamaPeer(python: python, script: script, meter: meter)
        together = try LlamaPeer(python: python, script: script, meter: meter)
        try short.load(model, threads: threads, context: 1024, flashAttention: flashAttention)
        try deep.load(model, threads: threads, context: deepContext, flashAttention: flashAttention)
        try together.load(
            model, threads: threads, context: 256, sequences: conversations, flashAttention: flashAttention)
    }
}
