import Foundation
import TandemCheckpoint
import TandemMath
import TandemModels
import Testing

/// Files are read as an independent program reads them.
struct GoldenWeightTests {
    @Test(arguments: GoldenFixtures.shared.formats)
    func `every format decodes to the reference's numbers, bit by bit`(_ format: GoldenFixtures.Format) throws {
        let bytes = try MappedFile(path: GoldenFixtures.url(format.blocks).path).bytes
        let tensor = try TensorData(
            name: format.blocks, format: format.format, shape: format.values.shape, bytes: bytes)
        let decoded = tensor.floats().map(\.bitPattern)
        let expected = try GoldenFixtures.floats(format.values).map(\.bitPattern)
        let difference = zip(decoded, expected).enumerated().first { $0.element.0 != $0.element.1 }
        #expect(decoded.count == expected.count)
        #expect(difference == nil, "first difference")
    }

    @Test func `every format has golden blocks`() {
        #expect(Set(GoldenFixtures.shared.formats.map(\.format)) == Set(TensorFormat.allCases))
    }

    @Test(arguments: GoldenFixtures.shared.models)
    func `a golden file is read as what it is`(_ golden: GoldenFixtures.Model) throws {
        let model = try GGUFModel(file: GGUFFile(path: GoldenFixtures.url(golden.file).path))
        #expect(model.configuration.architecture.rawValue == golden.architecture)
        #expect(model.configuration.vocabularyCount == golden.logits.shape[1])
        #expect(model.configuration.layerCount == golden.stream.shape[0] - 1)
        #expect(model.configuration.width == golden.stream.shape[2])
        #expect(model.unexpectedTensors == [])
    }

    @Test(arguments: GoldenFixtures.shared.models)
    func `the first layer reads the embeddings' rows as they are`(_ golden: GoldenFixtures.Model) throws {
        let model = try GGUFModel(file: GGUFFile(path: GoldenFixtures.url(golden.file).path))
        let embedding = try model.tensor(.embedding)
        var row = [Float](repeating: 0, count: embedding.columns)
        let read = golden.tokens.flatMap { token in
            embedding.decode(row: token, into: &row)
            return row
        }
        let expected = try GoldenFixtures.floats(golden.stream).prefix(read.count)
        #expect(read == Array(expected))
    }
}
