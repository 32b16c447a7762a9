import ArgumentParser
import TandemModels
import TandemTraining
import Testing

@testable import TandemCLI

/// Which hidden states `distill` keeps.
struct DistillationKeptOptionTests {
    private func large() throws -> TransformerConfiguration {
        try TransformerConfiguration(
            architecture: .llama, vocabularyCount: 300, width: 32, layerCount: 30, headCount: 4, keyValueHeadCount: 2,
            feedForwardWidth: 48, contextLength: 64)
    }

    private func states(_ arguments: [String]) throws -> [Int] {
        var options = DistillationOptions()
        try DistillationKeptOptions.parse(arguments).set(&options, for: large())
        return options.states
    }

    @Test func `what is stored is what training reads, unless something else is named`() throws {
        #expect(try states([]) == [])
        #expect(try states(["--states", "store"]) == [28, 29, 30])
        #expect(try states(["--states", "store", "--layers", "1"]) == [29, 30])
        #expect(try states(["--states", "store", "--layers", "3"]) == [27, 28, 29, 30])
        #expect(try states(["--states", "store", "--state", "7", "--state", "0"]) == [0, 7])
        let settings = try TrainingOptions.parse([])
        let trained = try settings.configuration(beside: large(), draftTokens: nil).capturedStates
        #expect(try states(["--states", "store"]) == trained.sorted())
    }

    @Test func `what contradicts itself is refused`() {
        for arguments in [
            ["--layers", "2"], ["--state", "2"], ["--states", "store", "--layers", "2", "--state", "2"],
            ["--states", "store", "--layers", "0"], ["--shard-size", "0"], ["--shard-size", "9223372036854775807"],
            ["--window", "2"],
        ] {
            #expect(throws: (any Error).self, "\(arguments)") { try DistillationKeptOptions.parse(arguments) }
        }
        #expect(throws: (any Error).self) {
            try DistillationAnswerOptions.parse(["--max-tokens", "9223372036854775807"])
        }
    }
}
