import Tandem
import TandemBenchmark
import TandemDecoding

/// Answers a benchmark's prompts with the engine.
struct EngineArm: Sendable {
    let engine: TandemEngine
    let sampling: Sampling
    let maximumTokenCount: Int

    /// One way of speeding answers up.
    func arm(_ name: String, _ drafting: GenerationRequest.Drafting) -> GenerationArm {
        GenerationArm(name, promise: drafting.fidelity == .sameText ? .sameText : .ownText) { prompts in
            try await answer(prompts, drafting)
        }
    }

    private func answer(_ prompts: [BenchmarkPrompt], _ drafting: GenerationRequest.Drafting) async throws -> ArmTurn {
        let start = ContinuousClock.now
        let answers = try await withThrowingTaskGroup(of: (Int, ArmAnswer).self) { group in
            for (index, prompt) in prompts.enumerated() {
                let stream = try engine.generate(request(prompt, drafting))
                group.addTask { (index, ArmAnswer(try await stream.result())) }
            }
            var answers: [(Int, ArmAnswer)] = []
            for try await answer in group { answers.append(answer) }
            return answers.sorted { $0.0 < $1.0 }.map(\.1)
        }
        guard answers.count > 1 else { return ArmTurn(oneAfterTheOther: answers) }
        // Many at once: their prompts are read while others speak, so that all the time counts.
        let seconds = (ContinuousClock.now - start).inSeconds
        return ArmTurn(answers: answers, seconds: seconds, tokenCount: answers.reduce(0) { $0 + $1.tokens.count })
    }

    private func request(_ prompt: BenchmarkPrompt, _ drafting: GenerationRequest.Drafting) -> GenerationRequest {
        GenerationRequest(
            prompt: .tokens(prompt.tokens), sampling: sampling, maximumTokenCount: maximumTokenCount,
            drafting: drafting)
    }
}

extension ArmAnswer {
    /// The engine's answer.
    init(_ result: GenerationResult) {
        let metrics = result.summary.metrics
        var endsByModel = false
        if case .endOfText = result.summary.finishReason { endsByModel = true }
        self.init(
            tokens: result.tokens.map(\.token), endsByModel: endsByModel,
            decodeSeconds: metrics.decodeDuration.inSeconds)
        roundCount = metrics.roundCount
        draftedByPosition = metrics.draftedByPosition
        acceptedByPosition = metrics.acceptedByPosition
        draftSeconds = metrics.draftDuration.inSeconds
    }
}
