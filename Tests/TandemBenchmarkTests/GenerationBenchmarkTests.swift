import Testing

@testable import TandemBenchmark

/// Arms that take turns on the same prompts.
struct GenerationBenchmarkTests {
    private let prompts = [
        BenchmarkPrompt(kind: "a", name: "1", tokens: [1]), BenchmarkPrompt(kind: "b", name: "1", tokens: [2]),
        BenchmarkPrompt(kind: "a", name: "2", tokens: [3]),
    ]

    /// Takes notes of who was asked what.
    private final class Notes {
        var turns: [(arm: String, prompts: [BenchmarkPrompt])] = []
    }

    /// Says the prompt's first token ten times.
    private func arm(
        _ name: String, seconds: Double, promise: GenerationArm.Promise = .sameText, notes: Notes = Notes(),
        change: @escaping (inout [Int], BenchmarkPrompt) -> Void = { _, _ in }
    ) -> GenerationArm {
        GenerationArm(name, promise: promise) { prompts in
            notes.turns.append((name, prompts))
            return ArmTurn(
                oneAfterTheOther: prompts.map { prompt in
                    var tokens = Array(repeating: prompt.tokens[0], count: 11)
                    change(&tokens, prompt)
                    var answer = ArmAnswer(tokens: tokens, endsByModel: false, decodeSeconds: seconds)
                    answer.roundCount = 4
                    answer.draftedByPosition = [3, 2]
                    answer.acceptedByPosition = [2, 1]
                    return answer
                })
        }
    }

    @Test func `all arms answer a prompt before the next, and none always follows the same other one`() async throws {
        let notes = Notes()
        let arms = ["x", "y", "z"].map { arm($0, seconds: 1, notes: notes) }
        let benchmark = GenerationBenchmark(arms: arms, prompts: prompts, repetitions: 2, meter: LoadMeter())
        var counts: [Int] = []
        _ = try await benchmark.run { counts.append($0) }
        #expect(counts == Array(1...benchmark.turnCount))
        #expect(notes.turns.count == 3 + 2 * 3 * 3)
        let counted = notes.turns.dropFirst(3)
        for start in stride(from: counted.startIndex, to: counted.endIndex, by: 3) {
            let turns = counted[start..<start + 3]
            #expect(Set(turns.map(\.arm)).count == 3)
            #expect(Set(turns.map(\.prompts)).count == 1)
        }
        // Kinds stand together.
        #expect(stride(from: 3, to: 12, by: 3).map { notes.turns[$0].prompts[0].kind } == ["a", "a", "b"])
        let firsts = stride(from: 3, to: 21, by: 3).map { notes.turns[$0].arm }
        #expect(Set(firsts).count == 3)
    }

    @Test func `prompts of one kind are answered together`() async throws {
        let notes = Notes()
        let benchmark = GenerationBenchmark(
            arms: [arm("x", seconds: 1, notes: notes)], prompts: prompts, conversations: 8, repetitions: 1,
            meter: LoadMeter())
        _ = try await benchmark.run()
        #expect(notes.turns.map(\.prompts.count) == [2, 2, 1])
    }

    @Test func `ratios are over the first arm, kind by kind and in the mean`() async throws {
        let fast = GenerationArm("fast", promise: .sameText) { prompts in
            ArmTurn(
                oneAfterTheOther: prompts.map {
                    ArmAnswer(
                        tokens: Array(repeating: $0.tokens[0], count: 11), endsByModel: false,
                        decodeSeconds: $0.kind == "a" ? 0.5 : 0.25)
                })
        }
        let comparison = try await GenerationBenchmark(
            arms: [arm("plain", seconds: 1), fast], prompts: prompts, repetitions: 3, meter: LoadMeter()
        ).run()
        func values(_ series: Series) -> [Double] { series.samples.map(\.value) }
        #expect(comparison.kinds == ["a", "b"])
        #expect(values(comparison.speed(of: 0, kind: "a")) == [10, 10, 10])
        #expect(values(comparison.speed(of: 1, kind: "b")) == [40, 40, 40])
        #expect(values(comparison.ratio(of: 1, kind: "a")) == [2, 2, 2])
        #expect(values(comparison.ratio(of: 1)) == [3, 3, 3])
        #expect(values(comparison.ratio(of: 0)) == [1, 1, 1])
    }

    @Test func `texts that break their promise are found, whoever speaks first`() async throws {
        let liar = arm("liar", seconds: 1) { tokens, prompt in
            if prompt.kind == "b" { tokens[4] = 99 }
        }
        let other = arm("other", seconds: 1, promise: .ownText) { tokens, _ in tokens.removeLast() }
        for arms in [[arm("plain", seconds: 1), liar, other], [arm("plain", seconds: 1), other, liar]] {
            let comparison = try await GenerationBenchmark(
                arms: arms, prompts: prompts, repetitions: 2, meter: LoadMeter()
            ).run()
            let liarIndex = try #require(arms.firstIndex { $0.name == "liar" })
            #expect(comparison.textCounts == [6, 6, 6])
            #expect(comparison.sameCounts[0] == 6 && comparison.sameCounts[liarIndex] == 4)
            #expect(comparison.sameCounts[3 - liarIndex] == 0)
            #expect(comparison.differences.count == 2)
            #expect(
                comparison.differences.allSatisfy {
                    $0 == .init(arm: "liar", kind: "b", prompt: "1", position: 4)
                })
        }
    }

    @Test func `an arm that changes its mind is found, too`() async throws {
        var count = 0
        let fickle = arm("plain", seconds: 1) { tokens, _ in
            count += 1
            tokens[0] = count
        }
        let comparison = try await GenerationBenchmark(
            arms: [fickle], prompts: Array(prompts.prefix(1)), repetitions: 2, meter: LoadMeter()
        ).run()
        #expect(comparison.differences.count == 1)
    }

    @Test func `counts are summed by position`() async throws {
        let comparison = try await GenerationBenchmark(
            arms: [arm("x", seconds: 2)], prompts: prompts, repetitions: 2, meter: LoadMeter()
        ).run()
        let counts = comparison.counts(of: 0, kind: "a")
        #expect(counts.draftedByPosition == [12, 8] && counts.acceptedByPosition == [8, 4])
        #expect(counts.acceptanceRate == 0.6 && counts.acceptanceByPosition == [8.0 / 12, 0.5])
        #expect(counts.tokensPerRound == 11.0 / 4)
        #expect(comparison.counts(of: 0).roundCount == 24)
        #expect(DraftCounts().tokensPerRound == nil && DraftCounts().acceptanceRate == nil)
    }

    @Test func `an arm that answers too little is told so`() async throws {
        let lazy = GenerationArm("lazy", promise: .ownText) { _ in ArmTurn(oneAfterTheOther: []) }
        await #expect(throws: BenchmarkError.self) {
            _ = try await GenerationBenchmark(arms: [lazy], prompts: prompts, repetitions: 1, meter: LoadMeter()).run()
        }
    }

    @Test func `the first token is not timed and the one that ended the answer is`() {
        #expect(ArmAnswer(tokens: [1, 2, 3], endsByModel: false, decodeSeconds: 1).decodedTokenCount == 2)
        #expect(ArmAnswer(tokens: [1, 2, 3], endsByModel: true, decodeSeconds: 1).decodedTokenCount == 3)
        #expect(ArmAnswer(tokens: [], endsByModel: false, decodeSeconds: 0).decodedTokenCount == 0)
    }
}
