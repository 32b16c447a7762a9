import Foundation
import TandemCheckpoint
import TandemMath
import TandemModels
import Testing

/// Runs where the environment variable TANDEM_TEST_MODEL names SmolLM2-135M-Instruct as a Q4_1 GGUF file.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["TANDEM_TEST_MODEL"] != nil))
struct RealModelTests {
    private func path() throws -> String {
        try #require(ProcessInfo.processInfo.environment["TANDEM_TEST_MODEL"])
    }

    @Test func `SmolLM2 is read as what it is`() throws {
        let file = try GGUFFile(path: path())
        let model = try GGUFModel(file: file)
        #expect(
            try model.configuration
                == TransformerConfiguration(
                    architecture: .llama, vocabularyCount: 49_152, width: 576, layerCount: 30, headCount: 9,
                    keyValueHeadCount: 3, feedForwardWidth: 1_536, contextLength: 8_192, normEpsilon: 1e-5,
                    rotaryBase: 100_000, tiesEmbedding: true))
        #expect(try file.metadata.strings("tokenizer.ggml.tokens").count == 49_152)
        #expect(try file.metadata.strings("tokenizer.ggml.merges").count == 48_900)
        #expect(model.generationDefaults.endTokens == [2])
        #expect(model.chatTemplate?.contains("<|im_start|>") == true)
        #expect(model.unexpectedTensors == [])
        for (path, shape) in model.configuration.parameters { #expect(try model.tensor(path).shape == shape) }
    }
}
