import Foundation
import TandemCheckpoint
import TandemMath
import TandemModels
import Testing

/// A GGUF file and a Hugging Face directory of the same model are the same model.
struct GoldenTwinTests {
    static let models = GoldenFixtures.shared.models.filter { $0.directory != nil }

    private func twins(_ golden: GoldenFixtures.Model) throws -> (
        file: any ModelCheckpoint, directory: any ModelCheckpoint
    ) {
        let directory = try #require(golden.directory)
        return (
            try CheckpointReader.open(GoldenFixtures.url(golden.file).path),
            try CheckpointReader.open(GoldenFixtures.url(directory).path)
        )
    }

    @Test func `there are twins of both ways to order a head's channels`() {
        #expect(Set(Self.models.map(\.architecture)) == ["llama", "qwen3"])
    }

    @Test(arguments: models)
    func `every weight has the same shape, format and numbers`(_ golden: GoldenFixtures.Model) throws {
        let (file, directory) = try twins(golden)
        for (path, shape) in file.configuration.parameters {
            let (one, other) = (try file.tensor(path), try directory.tensor(path))
            #expect(one.shape == shape && other.shape == shape, "\(path)")
            #expect(one.format == other.format, "\(path)")
            #expect(one.bytes.array == other.bytes.array, "\(path)")
        }
    }

    @Test(arguments: models)
    func `configurations differ at most in how they say the rotary scaling`(_ golden: GoldenFixtures.Model) throws {
        let (file, directory) = try twins(golden)
        let (one, other) = (file.configuration, directory.configuration)
        let rescaled = try TransformerConfiguration(
            architecture: other.architecture, vocabularyCount: other.vocabularyCount, width: other.width,
            layerCount: other.layerCount, headCount: other.headCount, keyValueHeadCount: other.keyValueHeadCount,
            headWidth: other.headWidth, feedForwardWidth: other.feedForwardWidth, contextLength: other.contextLength,
            normEpsilon: other.normEpsilon, rotaryBase: other.rotaryBase, rotaryScaling: one.rotaryScaling,
            hasAttentionBias: other.hasAttentionBias, hasQueryKeyNorm: other.hasQueryKeyNorm,
            tiesEmbedding: other.tiesEmbedding)
        #expect(one == rescaled)
        #expect(file.chatTemplate == directory.chatTemplate)
        #expect(file.generationDefaults.endTokens == directory.generationDefaults.endTokens)
    }
}
