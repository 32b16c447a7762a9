import Foundation
import TandemCheckpoint
import TandemJSON
import Testing

/// What an evaluation found, beside a bundle's model.
struct BundleEvaluationTests {
    @Test func `an evaluation is added, replaced and exported, and the model stays as it is`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("bundle")
        try TandemBundle.write(BundleFixture().contents, to: path)
        func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)) }
        let (model, config) = (try bytes("model.safetensors"), try bytes("config.json"))
        #expect(try TandemBundle(path: path).evaluation == nil)
        try TandemBundle(path: path).addEvaluation(["agreement": 0.25], figures: [.init("agreement", "25 %")])
        #expect(try TandemBundle(path: path).evaluation == ["agreement": 0.25])
        try TandemBundle(path: path).addEvaluation(["agreement": 0.5], figures: [.init("agreement", "50 %")])
        try TandemBundle(path: path).exportGGUF(to: directory.file("bundle.gguf"))
        for read in [path, directory.file("bundle.gguf")] {
            #expect(try TandemBundle(path: read).evaluation == ["agreement": 0.5])
        }
        let card = String(decoding: try bytes("README.md"), as: UTF8.self)
        #expect(card.contains("## Evaluation") && card.contains("agreement | 50 %") && !card.contains("25 %"))
        #expect(try bytes("model.safetensors") == model && bytes("config.json") == config)
        let error = #expect(throws: CheckpointError.self) {
            try TandemBundle(path: directory.file("bundle.gguf")).addEvaluation(["agreement": 0.5])
        }
        #expect(error?.description.contains("exported from") == true)
    }
}
