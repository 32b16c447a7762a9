import TandemMath
import TandemModels
import Testing

@testable import TandemCheckpoint

struct SafetensorsShardsTests {
    /// A tiny model in two files with an index.
    private func sharded() throws -> (tiny: TinyDirectory, map: [String: String]) {
        let tiny = try TinyDirectory()
        try tiny.writeConfiguration()
        let shape = try TransformerConfiguration(
            architecture: .llama, vocabularyCount: 5, width: 8, layerCount: 2, headCount: 2, keyValueHeadCount: 1,
            feedForwardWidth: 6, contextLength: 64)
        let tensors = try tiny.tensors(for: shape)
        let names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
        try SafetensorsWriter.write(Array(tensors.prefix(9)), to: tiny.directory.file(names[0]))
        try SafetensorsWriter.write(Array(tensors.dropFirst(9)), to: tiny.directory.file(names[1]))
        var map: [String: String] = [:]
        for (index, tensor) in tensors.enumerated() { map[tensor.name] = names[index < 9 ? 0 : 1] }
        return (tiny, map)
    }

    private func write(_ map: [String: String], to tiny: TinyDirectory) throws {
        let members = map.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \"\($0.value)\"" }
        try tiny.directory.write(
            "model.safetensors.index.json",
            "{\"metadata\": {\"total_size\": 1}, \"weight_map\": {\(members.joined(separator: ","))}}")
    }

    @Test func `a model in several files is one model`() throws {
        let (tiny, map) = try sharded()
        try write(map, to: tiny)
        let model = try tiny.open()
        for (index, parameter) in model.configuration.parameters.enumerated() {
            #expect(try model.tensor(parameter.path).floats().first == Float(index * 1000))
        }
        // In one file the weights are the same.
        let whole = try TinyDirectory()
        try whole.write()
        #expect(try whole.open().contentHash() == model.contentHash())
    }

    @Test(arguments: [
        "../model.safetensors", "/etc/model.safetensors", "a/b.safetensors", "..", ".hidden.safetensors",
        "a\\\\b.safetensors",
        "model.bin", "", "a\\u0000.safetensors", "é.safetensors",
    ])
    func `an index that names other than plain files is refused`(name: String) throws {
        var (tiny, map) = try sharded()
        map["model.norm.weight"] = name
        try write(map, to: tiny)
        let error = try #require(throws: CheckpointError.self) { try tiny.open() }
        #expect(error.place == .key("weight_map.model.norm.weight"))
        #expect(error.problem.contains("plain name"))
    }

    @Test func `an index that does not agree with the files is refused`() throws {
        var (tiny, map) = try sharded()
        map["model.norm.weight"] = "model-00001-of-00002.safetensors"
        try write(map, to: tiny)
        let wrong = try #require(throws: CheckpointError.self) { try tiny.open() }
        #expect(wrong.place == .key("weight_map.model.norm.weight"))
        map["model.norm.weight"] = "model-00003-of-00002.safetensors"
        try write(map, to: tiny)
        #expect(throws: MappedFileError.self) { try tiny.open() }
    }

    @Test func `two files with the same tensor are refused`() throws {
        let (tiny, map) = try sharded()
        let twice = try Quantizer.encode([1], name: "model.norm.weight", shape: [1], as: .float32)
        try SafetensorsWriter.write([twice], to: tiny.directory.file("model-00001-of-00002.safetensors"))
        try write(map, to: tiny)
        let error = try #require(throws: CheckpointError.self) { try tiny.open() }
        #expect(error.place == .tensor("model.norm.weight"))
    }

    @Test func `a directory without safetensors says what to get`() throws {
        let tiny = try TinyDirectory()
        try tiny.writeConfiguration()
        let error = try #require(throws: CheckpointError.self) { try tiny.open() }
        #expect(error.remedy.contains("safetensors"))
    }
}
