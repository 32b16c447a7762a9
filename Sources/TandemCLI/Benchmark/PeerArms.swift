import TandemBenchmark

/// llama.cpp's ways of answering, as arms: plain decoding, prompt lookup decoding, and a second model that drafts.
///
/// The text is the peer's own: its sums differ from ours, and, with drafts, from its own.
struct PeerArms {
    let peer: LlamaPeer
    let end: [Int]
    let temperature: Float
    let seed: UInt64
    let maximumTokenCount: Int
    let draftLength: Int
    /// Whether a draft model was loaded.
    let hasDraftModel: Bool

    /// All that can be asked for.
    var arms: [GenerationArm] {
        [
            arm("llama.cpp", .none),
            arm("llama.cpp lookup:\(draftLength)", .lookup),
        ] + (hasDraftModel ? [arm("llama.cpp draft model:\(draftLength)", .model)] : [])
    }

    private func arm(_ name: String, _ drafter: LlamaPeer.Question.Drafter) -> GenerationArm {
        GenerationArm(name, promise: .ownText) { prompts in
            let answers = try prompts.map { prompt in
                try peer.generate(
                    LlamaPeer.Question(
                        prompt: prompt.tokens, maximum: maximumTokenCount, end: end, temperature: temperature,
                        seed: UInt32(truncatingIfNeeded: seed), drafter: drafter, draftLength: draftLength))
            }
            return ArmTurn(oneAfterTheOther: answers)
        }
    }
}
