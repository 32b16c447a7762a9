import Foundation
import TandemDecoding
import Testing

struct SamplingOptionTests {
    @Test func `values that mean nothing are refused by name`() {
        func refused(_ name: String, _ make: () throws -> Sampling) {
            #expect("\(name)") {
                _ = try make()
            } throws: { error in
                guard case GenerationError.invalidOption(let found, _, _) = error else { return false }
                return found == name
            }
        }
        refused("temperature") { try Sampling(temperature: -1) }
        refused("temperature") { try Sampling(temperature: .nan) }
        refused("temperature") { try Sampling(temperature: .infinity) }
        refused("topK") { try Sampling(topK: 0) }
        refused("topP") { try Sampling(topP: 1.5) }
        refused("minP") { try Sampling(minP: -0.1) }
        refused("typicalP") { try Sampling(typicalP: .nan) }
        refused("repetitionPenalty") { try Sampling(repetitionPenalty: 0) }
        refused("presencePenalty") { try Sampling(presencePenalty: .infinity) }
        refused("frequencyPenalty") { try Sampling(frequencyPenalty: .nan) }
        refused("penaltyWindow") { try Sampling(penaltyWindow: -1) }
        refused("logitBias") { try Sampling(logitBias: [3: .infinity]) }
    }

    @Test func `a bias for a token that is not there is refused`() throws {
        let sampling = try Sampling(logitBias: [7: 1])
        #expect(throws: GenerationError.unknownToken(token: 7, place: "logitBias", vocabularyCount: 7)) {
            try Sampler(sampling, seed: 0, vocabularyCount: 7)
        }
    }

    @Test func `options survive being written and read`() throws {
        let sampling = try Sampling(
            temperature: 0.5, topK: 3, topP: 0.25, minP: 0.5, typicalP: 0.75, truncation: .beforeTemperature,
            repetitionPenalty: 1.5, presencePenalty: 2, frequencyPenalty: -1, penaltyWindow: 64, logitBias: [1: 2],
            seed: .max)
        let data = try JSONEncoder().encode(sampling)
        #expect(try JSONDecoder().decode(Sampling.self, from: data) == sampling)
        #expect(try JSONDecoder().decode(Sampling.self, from: Data("{}".utf8)) == Sampling())
        #expect(throws: GenerationError.self) {
            try JSONDecoder().decode(Sampling.self, from: Data(#"{"topP": 2}"#.utf8))
        }
    }

    @Test func `errors say what to do`() {
        #expect(
            GenerationError.invalidOption(name: "topP", value: "2.0", rule: "between 0 and 1, or left out").description
                == "topP is 2.0, but it must be between 0 and 1, or left out.")
        #expect(
            GenerationError.promptTooLong(tokenCount: 9, contextLength: 8).description.contains("shorten the prompt"))
    }
}
