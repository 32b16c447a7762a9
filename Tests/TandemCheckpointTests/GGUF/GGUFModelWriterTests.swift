import TandemCheckpoint
import TandemMath
import TandemModels
import TandemTestSupport
import Testing

@Test(arguments: [TensorFormat.float32, .q8_0], [true, false])
func `a model that is written is read with the same weights`(format: TensorFormat, ties: Bool) throws {
    let configuration = try TransformerConfiguration(
        architecture: .llama, vocabularyCount: 40, width: 64, layerCount: 2, headCount: 4, keyValueHeadCount: 2,
        feedForwardWidth: 96, contextLength: 128, normEpsilon: 1e-6, rotaryBase: 5_000, tiesEmbedding: ties)
    let source = RandomModel(configuration, seed: 3)
    func matrix(_ path: ParameterPath) throws -> Matrix {
        let tensor = try source.tensor(path)
        return Matrix(
            rows: tensor.shape.count == 1 ? 1 : tensor.rows, columns: tensor.columns, values: tensor.floats())
    }
    let directory = try TemporaryDirectory()
    try GGUFModelWriter.write(
        configuration, name: "Tiny", format: format, to: directory.file("model.gguf"), weight: matrix)
    let model = try CheckpointReader.open(directory.file("model.gguf"))
    #expect(model.configuration == configuration)
    #expect(model.displayName == "Tiny")
    for (path, shape) in configuration.parameters {
        let expected = try Quantizer.encode(source.tensor(path), as: shape.count == 1 ? .float32 : format)
        #expect(try model.tensor(path).floats() == expected.floats())
    }
}
