import Foundation
import TandemCheckpoint
import TandemJSON
import TandemMath
import Testing

/// Networks of policies beside a bundle's model.
struct BundlePolicyTests {
    private let directory: TemporaryDirectory
    private let fixture: BundleFixture
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        fixture = try BundleFixture()
        path = directory.file("bundle")
        try TandemBundle.write(fixture.contents, to: path)
    }

    private func bytes(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: path + "/" + name))
    }

    @Test func `a network is added, replaced, and joined by another, and the model stays as it is`() throws {
        let model = try bytes("model.safetensors")
        let before = try bytes("config.json")
        #expect(!String(decoding: before, as: UTF8.self).contains("policies"))
        #expect(try TandemBundle(path: path).policies.isEmpty)
        try TandemBundle(path: path).addPolicy(
            "router", weights: ["first": Matrix(rows: 2, columns: 3, values: [1, 2, 3, 4, 5, 6])],
            calibration: [.init(name: "acceptance", value: [[[1, 0]]]), .init(name: "router", value: ["a": 1])],
            figures: [.init("error", "0.5")])
        try TandemBundle(path: path).addPolicy(
            "judge", weights: ["weight": Matrix(rows: 1, columns: 2, values: [7, 8])],
            calibration: [.init(name: "judge", value: 3)], figures: [.init("pass", "90 %")])
        try TandemBundle(path: path).addPolicy(
            "router", weights: ["second": Matrix(rows: 1, columns: 1, values: [9])],
            calibration: [.init(name: "router", value: ["a": 2])], figures: [.init("error", "0.25")])
        for read in [path, directory.file("bundle.gguf")] {
            if read != path { try TandemBundle(path: path).exportGGUF(to: read) }
            let bundle = try TandemBundle(path: read)
            #expect(bundle.policies == ["judge", "router"])
            #expect(try bundle.extras("router.").mapValues(\.values) == ["second": [9]])
            #expect(try bundle.extras("judge.").mapValues(\.values) == ["weight": [7, 8]])
            #expect(bundle.calibration?["acceptance"] == [[[1, 0]]])
            #expect(bundle.calibration?["router"] == ["a": 2] && bundle.calibration?["judge"] == 3)
            #expect(bundle.configuration == fixture.contents.configuration)
        }
        #expect(try bytes("model.safetensors") == model)
        let card = String(decoding: try bytes("README.md"), as: UTF8.self)
        #expect(card.contains("error | 0.25") && !card.contains("0.5 |") && card.contains("pass | 90 %"))
        let error = #expect(throws: CheckpointError.self) {
            try TandemBundle(path: directory.file("bundle.gguf")).addPolicy(
                "judge", weights: ["bias": Matrix(rows: 1, columns: 1)])
        }
        #expect(error?.description.contains("exported from") == true)
    }

    @Test func `what is interrupted between two files leaves the bundle as it was`() throws {
        let config = try bytes("config.json")
        try TandemBundle(path: path).addPolicy("judge", weights: ["bias": Matrix(rows: 1, columns: 1)])
        try config.write(to: URL(fileURLWithPath: path + "/config.json"))
        #expect(try TandemBundle(path: path).policies.isEmpty)
        try TandemBundle(path: path).addPolicy("router", weights: ["bias": Matrix(rows: 1, columns: 1)])
        #expect(try TandemBundle(path: path).policies == ["router"])
    }

    @Test func `a table is not believed of another network than it was measured with`() throws {
        func add(_ number: Float) throws {
            try TandemBundle(path: path).addPolicy(
                "router", weights: ["first": Matrix(rows: 1, columns: 1, values: [number])],
                calibration: [.init(name: "acceptance", value: [[[4, 3]]])])
        }
        try add(1)
        try TandemBundle(path: path).addPolicy(
            "judge", weights: ["bias": Matrix(rows: 1, columns: 1)], calibration: [.init(name: "judge", value: 3)])
        let table = try bytes("calibration.json")
        try add(2)
        #expect(try TandemBundle(path: path).calibration?["acceptance"] == [[[4, 3]]])
        // As an interruption between two files leaves it: the new network beside the old one's table.
        try table.write(to: URL(fileURLWithPath: path + "/calibration.json"))
        try TandemBundle(path: path).exportGGUF(to: directory.file("mixed.gguf"))
        for read in [path, directory.file("mixed.gguf")] {
            let bundle = try TandemBundle(path: read)
            #expect(bundle.calibration?["acceptance"] == nil && bundle.calibration?["judge"] == 3)
            #expect(bundle.policies == ["judge", "router"])
        }
        // Bundles from before tables said whose they are.
        try Data(#"{"acceptance": [[[1, 0]]]}"#.utf8).write(to: URL(fileURLWithPath: path + "/calibration.json"))
        #expect(try TandemBundle(path: path).calibration?["acceptance"] == [[[1, 0]]])
    }

    @Test func `networks that break a rule are refused with a sentence`() throws {
        func refused(_ problem: String) {
            let error = #expect(throws: CheckpointError.self) { try TandemBundle(path: path) }
            #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
            #expect(error?.description.contains("policies.safetensors") == true || problem.contains("networks"))
        }
        func write(_ name: String, _ shape: [Int]) throws {
            try SafetensorsWriter.write(
                [
                    SafetensorsTensor(
                        name: name, type: .float32, shape: shape,
                        bytes: MappedBytes([UInt8](repeating: 0, count: 4 * shape.reduce(1, *))))
                ], to: path + "/policies.safetensors")
        }
        try TandemBundle(path: path).addPolicy("judge", weights: ["bias": Matrix(rows: 1, columns: 1)])
        try write("surprise", [1, 1])
        refused("no matrix of a router or a judge")
        try write("router.first", [3])
        refused("no matrix of a router or a judge")
        try SafetensorsWriter.write([] as [SafetensorsTensor], to: path + "/policies.safetensors")
        refused("there are no networks of policies")
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path + "/policies.safetensors"))
        refused("policies.safetensors")
        try FileManager.default.removeItem(atPath: path + "/policies.safetensors")
        refused("there is no such file")
        #expect(throws: CheckpointError.self) {
            try TandemBundle.write(fixture.contents, to: path)
            try TandemBundle(path: path).addPolicy(
                "router", weights: ["first": Matrix(rows: 1, columns: 1, values: [.nan])])
        }
        #expect(throws: CheckpointError.self) {
            try TandemBundle(path: path).addPolicy("oracle", weights: ["first": Matrix(rows: 1, columns: 1)])
        }
        #expect(try TandemBundle(path: path).policies.isEmpty)
    }
}
