import Foundation
import TandemCheckpoint
import TandemMath
import TandemModels
import Testing

/// One way to spoil a good bundle, and what must be said about it.
struct SpoiltBundle: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let replacements: [String: String]
    let problem: String

    init(_ text: String, _ replacement: String, _ problem: String) {
        testDescription = "\(text) becomes \(replacement)"
        replacements = [text: replacement]
        self.problem = problem
    }

    static let all = [
        SpoiltBundle(#""speculators_model_type": "tandem""#, #""speculators_model_type": "eagle3""#, "is no tandem"),
        SpoiltBundle(#""format_version": 1"#, #""format_version": 2"#, "version 2 are not known"),
        SpoiltBundle(#""dtype": "int8""#, #""dtype": "int3""#, "one of"),
        SpoiltBundle(#""draft_vocab_size": 4"#, #""draft_vocab_size": 5"#, "there are 4"),
        SpoiltBundle(#""target_hidden_size": 64"#, #""target_hidden_size": 32"#, "rows have 32 channels"),
        SpoiltBundle(#""num_hidden_layers": 3"#, #""num_hidden_layers": 2"#, "it says [1, 2, 3]"),
        SpoiltBundle(#""target_hidden_size": 64"#, #""target_hidden_size": -1"#, "cannot be"),
        SpoiltBundle(#""has_draft_vocabulary": true"#, #""has_draft_vocabulary": false"#, "nevertheless"),
        SpoiltBundle(#""layer_map": "top_aligned""#, #""layer_map": "sideways""#, "one of"),
        SpoiltBundle(#""layer_map": "top_aligned""#, #""layer_map": [1, 9]"#, "no hidden state 9"),
        SpoiltBundle(#""layer_map": "top_aligned""#, #""layer_map": [1]"#, "1 states for 2 layers"),
        SpoiltBundle(#""layer_map": "top_aligned""#, #""layer_map": [1, 1]"#, "memory is made from [1, 3]"),
        SpoiltBundle(#""kind": "per_layer""#, #""kind": "dreams""#, "not known"),
        SpoiltBundle(#""head": "large""#, #""head": "own""#, "\"lm_head.weight\": the tensor is missing"),
        SpoiltBundle(#""embedding": "large_projected""#, #""embedding": "large""#, "has no place for this tensor"),
        SpoiltBundle(#""adds_last_state": true"#, #""adds_last_state": 1"#, "truth value"),
        SpoiltBundle(#""speculative_tokens": 5"#, #""speculative_tokens": 0"#, "between 1 and 64"),
        SpoiltBundle(#""proposal_type""#, #""kind_of_proposal""#, ""),
        SpoiltBundle(#""fingerprint": ""#, #""fingerprint": "0"#, "where 64 are needed"),
        SpoiltBundle(#""intermediate_size": 96"#, #""intermediate_size": 128"#, "asks for [128, 64]"),
        SpoiltBundle(#""intermediate_size": 96"#, #""intermediate_size": 9000000000"#, "feed-forward width"),
        SpoiltBundle(#""model_type": "llama""#, #""model_type": "mamba""#, "mamba"),
        SpoiltBundle(#""num_hidden_layers": 2"#, #""num_hidden_layers": 1"#, "made from [2, 3]"),
        SpoiltBundle("{\n", "{{\n", "JSON text is not valid"),
    ]
}

/// The files of a good bundle, made once.
private enum GoodBundle {
    static let files = Result {
        let directory = try TemporaryDirectory()
        try TandemBundle.write(BundleFixture(storage: .int8).contents, to: directory.file("bundle"))
        return (
            config: try String(contentsOfFile: directory.file("bundle/config.json"), encoding: .utf8),
            weights: [UInt8](try Data(contentsOf: URL(fileURLWithPath: directory.file("bundle/model.safetensors"))))
        )
    }
}

@Test(arguments: SpoiltBundle.all)
func `a configuration that breaks a rule is refused`(_ spoilt: SpoiltBundle) throws {
    let directory = try TemporaryDirectory()
    let good = try GoodBundle.files.get()
    try FileManager.default.createDirectory(atPath: directory.file("bundle"), withIntermediateDirectories: false)
    try directory.write("bundle/model.safetensors", good.weights)
    var text = good.config
    for (old, new) in spoilt.replacements {
        let range = try #require(text.range(of: old))
        text.replaceSubrange(range, with: new)
    }
    try directory.write("bundle/config.json", text)
    if spoilt.problem.isEmpty {
        _ = try TandemBundle(path: directory.file("bundle"))
        return
    }
    let error = #expect(throws: CheckpointError.self) { try TandemBundle(path: directory.file("bundle")) }
    let sentence = error.map { "\($0)" } ?? ""
    #expect(sentence.contains(spoilt.problem), "\(sentence)")
    #expect(sentence.contains("bundle/"))
}

@Test func `weights that break a rule are refused`() throws {
    let directory = try TemporaryDirectory()
    let fixture = try BundleFixture(storage: .int4)
    try TandemBundle.write(fixture.contents, to: directory.file("bundle"))
    let path = directory.file("bundle/model.safetensors")
    let good = try SafetensorsFile(path: path, takesIntegers: true).entries
    let name = "layers.1.mlp.up_proj.weight"
    func refuse(_ problem: String, _ change: (SafetensorsTensor) throws -> SafetensorsTensor?) throws {
        try SafetensorsWriter.write(good.compactMap(change), to: path)
        let error = #expect(throws: CheckpointError.self) {
            try TandemBundle(path: directory.file("bundle")).matrices(for: fixture.large)
        }
        let sentence = error.map { "\($0)" } ?? ""
        #expect(sentence.contains(problem), "\(sentence)")
    }
    func zeros(_ name: String, _ type: SafetensorsType, _ shape: [Int]) throws -> SafetensorsTensor {
        let bytes = [UInt8](repeating: 0, count: shape.reduce(type.byteCount, *))
        return try SafetensorsTensor(name: name, type: type, shape: shape, bytes: MappedBytes(bytes))
    }
    try refuse("the tensor is missing") { $0.name == name ? nil : $0 }
    try refuse("scales are missing") { $0.name == name + ".scales" ? nil : $0 }
    try refuse("scales are F16, but these are F32") {
        $0.name == name + ".scales" ? try zeros($0.name, .float32, $0.shape) : $0
    }
    try refuse("asks for [96, 2]") { $0.name == name + ".scales" ? try zeros($0.name, .float16, [96, 3]) : $0 }
    try refuse("asks for [96, 32]") { $0.name == name ? try zeros($0.name, .uint8, [96, 64]) : $0 }
    try refuse("scales for a tensor of floats") { $0.name == name ? try zeros($0.name, .float32, [96, 64]) : $0 }
    try refuse("cannot be stored in I64") { $0.name == name ? try zeros($0.name, .int64, [96, 64]) : $0 }
    try SafetensorsWriter.write(good + [zeros("surprise", .float32, [1, 1])], to: path)
    #expect(throws: CheckpointError.self) { try TandemBundle(path: directory.file("bundle")) }
    try refuse("no list") { $0.name == "d2t" ? try zeros($0.name, .float32, $0.shape) : $0 }
    try refuse("names token 0 twice") { tensor in
        guard tensor.name == "d2t" else { return tensor }
        return try SafetensorsTensor(
            name: "d2t", type: .int64, shape: [4],
            bytes: MappedBytes([0, -1, 0, 0].flatMap { littleEndian(UInt64(bitPattern: $0)) }))
    }
    try refuse("names token") { tensor in
        guard tensor.name == "d2t" else { return tensor }
        return try SafetensorsTensor(
            name: "d2t", type: .int64, shape: [4],
            bytes: MappedBytes([0, .max, 0, 0].flatMap { littleEndian(UInt64(bitPattern: $0)) }))
    }
    try refuse("not finite") { tensor in
        guard tensor.name == name + ".scales" else { return tensor }
        let infinity: [UInt8] = [0, 0x7C]
        return try SafetensorsTensor(
            name: tensor.name, type: .float16, shape: tensor.shape,
            bytes: MappedBytes(infinity + tensor.bytes.array.dropFirst(2)))
    }
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    for length in stride(from: 0, to: data.count, by: data.count / 23 + 1) {
        try data.prefix(length).write(to: URL(fileURLWithPath: path))
        #expect(throws: (any Error).self) { try TandemBundle(path: directory.file("bundle")) }
    }
}

@Test(arguments: [("layers.1.mlp.up_proj.weight", ".scales"), ("norm.weight", "")])
func `a number that is not finite is told by file and tensor, whoever asks for the weights`(
    name: String, suffix: String
) throws {
    let directory = try TemporaryDirectory()
    let fixture = try BundleFixture(storage: .int4)
    try TandemBundle.write(fixture.contents, to: directory.file("bundle"))
    let path = directory.file("bundle/model.safetensors")
    // All ones in the last bytes: NaN, in half precision and in float.
    let tensors = try SafetensorsFile(path: path, takesIntegers: true).entries.map { tensor in
        guard tensor.name == name + suffix else { return tensor }
        let bytes: [UInt8] = Array(tensor.bytes.array.dropLast(4)) + [0xFF, 0xFF, 0xFF, 0xFF]
        return try SafetensorsTensor(
            name: tensor.name, type: tensor.type, shape: tensor.shape, bytes: MappedBytes(bytes))
    }
    try SafetensorsWriter.write(tensors, to: path)
    try TandemBundle(path: directory.file("bundle")).exportGGUF(to: directory.file("bundle.gguf"))
    for file in [directory.file("bundle"), directory.file("bundle.gguf")] {
        let bundle = try TandemBundle(path: file)
        let weights = #expect(throws: CheckpointError.self) { try bundle.matrices(for: fixture.large) }
        for form in [SmallModel.Form.training, .packed(.q4_0)] {
            let model = #expect(throws: CheckpointError.self) {
                try bundle.smallModel(for: fixture.large, form: form, pool: fixture.pool)
            }
            #expect(model == weights && model?.file == file && model?.place == .tensor(name))
            #expect(model?.problem == "it holds a number that is not finite")
        }
    }
}

@Test func `files that are no bundles are told apart`() throws {
    let directory = try TemporaryDirectory()
    #expect(!TandemBundle.isBundle(directory.file("none")))
    #expect(!TandemBundle.isBundle(directory.path))
    #expect(throws: CheckpointError.self) { try TandemBundle(path: directory.file("none")) }
    try directory.write("config.json", #"{"model_type": "llama"}"#)
    #expect(!TandemBundle.isBundle(directory.path))
    #expect(throws: (any Error).self) { try TandemBundle(path: directory.path) }
}
