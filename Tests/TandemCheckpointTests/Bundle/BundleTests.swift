import Foundation
import TandemCheckpoint
import TandemJSON
import TandemMath
import TandemModels
import Testing

private let memories: [TandemConfiguration.Memory] = [
    .none, .perLayer(.topAligned), .perLayer(.explicit([3, 0])), .perLayer(.uniform), .perLayer(.proportional),
    .fused(states: [1, 3]),
]

@Test(arguments: memories, [true, false])
func `a bundle that is written and read is the same`(memory: TandemConfiguration.Memory, owns: Bool) throws {
    let directory = try TemporaryDirectory()
    var fixture = try BundleFixture(
        memory: memory, embedding: owns ? .own : .large(projected: true), head: owns ? .own : .large,
        draftTokens: owns ? nil : [3, 30, 7, 41], addsLastState: !owns)
    fixture.contents.record = ["steps": 3, "loss": [4.5, 3.25]]
    fixture.contents.calibration = ["acceptance": [0.5, 0.25]]
    fixture.contents.extras = ["router.hidden": Matrix(rows: 2, columns: 3, values: [1, 2, 3, 4, 5, 6])]
    fixture.contents.figures = [.init("accuracy", "40 %")]
    try TandemBundle.write(fixture.contents, to: directory.file("bundle"))
    try TandemBundle(path: directory.file("bundle")).exportGGUF(to: directory.file("bundle.gguf"))
    for name in ["bundle", "bundle.gguf"] {
        #expect(TandemBundle.isBundle(directory.file(name)))
        let bundle = try TandemBundle(path: directory.file(name))
        #expect(bundle.configuration == fixture.contents.configuration)
        #expect(bundle.large == fixture.contents.large)
        #expect(bundle.tokenizerFingerprint == "0123")
        #expect(bundle.record == fixture.contents.record)
        #expect(bundle.evaluation == nil)
        #expect(bundle.calibration == fixture.contents.calibration)
        #expect(try bundle.extras("router.").mapValues(\.values) == ["hidden": [1, 2, 3, 4, 5, 6]])
        let expected = fixture.contents.weights
        if let head = expected[.head], !owns { fixture.large.copyHead(to: head, tokens: [3, 30, 7, 41]) }
        #expect(try bundle.matrices(for: fixture.large).mapValues(\.values) == expected.mapValues(\.values))
        let small = try bundle.smallModel(for: fixture.large, form: .packed(.float32), pool: fixture.pool)
        let direct = try SmallModel(
            fixture.contents.configuration, weights: expected, large: fixture.large, form: .packed(.float32),
            pool: fixture.pool)
        #expect(try fixture.logits(small) == fixture.logits(direct))
    }
    #expect(directory.contents == ["bundle", "bundle.gguf"])
    let card = try String(contentsOfFile: directory.file("bundle/README.md"), encoding: .utf8)
    #expect(card.contains("accuracy | 40 %") && card.contains(fixture.large.fingerprint))
}

@Test func `the card says what is known of the large model, and how this bundle is asked to draft`() throws {
    let directory = try TemporaryDirectory()
    func card(of fixture: BundleFixture) throws -> String {
        try TandemBundle.write(fixture.contents, to: directory.file("bundle"))
        #expect(try TandemBundle(path: directory.file("bundle")).large == fixture.contents.large)
        return try String(contentsOfFile: directory.file("bundle/README.md"), encoding: .utf8)
    }
    var fixture = try BundleFixture()
    fixture.contents.name = "Tandem for A tiny model"
    let plain = try card(of: fixture)
    #expect(!plain.contains("base_model") && !plain.contains("license"))
    #expect(plain.contains("# Tandem for A tiny model") && plain.contains("**A tiny model**"))
    fixture.contents.large.source = "owner/tiny-model"
    fixture.contents.large.license = "apache-2.0"
    let known = try card(of: fixture)
    #expect(known.contains("base_model: owner/tiny-model\nlicense: apache-2.0\n"))
    #expect(known.contains("reads the large model's hidden states") && known.contains("--tandem ."))
    #expect(known.contains("# Tandem for owner/tiny-model"))
    // Neither a file nor a catalogue's name is one of the hub, and a licence in several words needs reading.
    for source in ["models/tiny.gguf", "tiny-model", "a/b/c"] {
        fixture.contents.large.source = source
        fixture.contents.large.license = "as you like: it"
        let unknown = try card(of: fixture)
        #expect(!unknown.contains("base_model") && !unknown.contains("license"), "\(source)")
    }
    var alone = try BundleFixture(memory: .none)
    alone.contents.name = "Tandem for A tiny model"
    alone.contents.large.source = "tiny-model"
    let text = try card(of: alone)
    #expect(text.contains("--draft independent:.") && !text.contains("--tandem") && !text.contains("hidden states"))
    #expect(text.contains("# Tandem for tiny-model"))
}

@Test(arguments: [Architecture.qwen2, .qwen3], [BundleStorage.float32, .int4])
func `biases and norms of heads survive, under the names that others know`(
    architecture: Architecture, storage: BundleStorage
) throws {
    let directory = try TemporaryDirectory()
    var fixture = try BundleFixture(storage: storage, architecture: architecture)
    let vectors = fixture.contents.configuration.parameters.filter(\.parameter.isVector)
    var generator = SeededGenerator(seed: 4)
    for shape in vectors {
        fixture.contents.weights[shape.parameter] = Matrix(
            rows: 1, columns: shape.columns,
            values: (0..<shape.columns).map { _ in Float(1 + 0.3 * generator.nextNormal()) })
    }
    try TandemBundle.write(fixture.contents, to: directory.file("bundle"))
    try TandemBundle(path: directory.file("bundle")).exportGGUF(to: directory.file("bundle.gguf"))
    let names = try SafetensorsFile(path: directory.file("bundle/model.safetensors"), takesIntegers: true)
        .entries.map(\.name)
    let expected =
        architecture == .qwen2 ? ["q_proj.bias", "k_proj.bias", "v_proj.bias"] : ["q_norm.weight", "k_norm.weight"]
    for name in expected { #expect(names.contains("layers.1.self_attn." + name)) }
    let folder = try TandemBundle(path: directory.file("bundle"))
    let file = try TandemBundle(path: directory.file("bundle.gguf"))
    for bundle in [folder, file] {
        #expect(bundle.configuration == fixture.contents.configuration)
        let matrices = try bundle.matrices(for: fixture.large)
        for shape in vectors {
            #expect(matrices[shape.parameter]?.values == fixture.contents.weights[shape.parameter]?.values)
        }
    }
    let small = try folder.smallModel(for: fixture.large, form: .packed(storage.format), pool: fixture.pool)
    let again = try file.smallModel(for: fixture.large, form: .packed(storage.format), pool: fixture.pool)
    #expect(try fixture.logits(small) == fixture.logits(again))
}

@Test(arguments: BundleStorage.allCases)
func `what is stored is what the format in memory holds`(storage: BundleStorage) throws {
    let directory = try TemporaryDirectory()
    let fixture = try BundleFixture(storage: storage)
    try TandemBundle.write(fixture.contents, to: directory.file("bundle"))
    let bundle = try TandemBundle(path: directory.file("bundle"))
    try bundle.exportGGUF(to: directory.file("bundle.gguf"))
    let fromGGUF = try TandemBundle(path: directory.file("bundle.gguf")).matrices(for: fixture.large)
    let matrices = try bundle.matrices(for: fixture.large)
    // Encoded weights that are taken over as they are make the model that their numbers make.
    let form = SmallModel.Form.packed(storage.format)
    let direct = try SmallModel(
        fixture.contents.configuration, weights: matrices, large: fixture.large, form: form, pool: fixture.pool)
    let small = try bundle.smallModel(for: fixture.large, form: form, pool: fixture.pool)
    #expect(try fixture.logits(small) == fixture.logits(direct))
    for shape in fixture.contents.configuration.parameters where !shape.isFrozen {
        let weight = try #require(fixture.contents.weights[shape.parameter])
        let format = shape.parameter.isVector ? .float32 : storage.format
        let expected = try Quantizer.encode(
            weight.values, name: "w", shape: [weight.rows, weight.columns], as: format
        ).floats()
        #expect(matrices[shape.parameter]?.values == expected)
        #expect(fromGGUF[shape.parameter]?.values == expected)
        // Packed in the format that it is stored in, a weight does not change a second time.
        let again = try Quantizer.encode(expected, name: "w", shape: [weight.rows, weight.columns], as: format)
        #expect(again.floats() == expected)
    }
}

@Test func `a bundle for another model is refused with the name of the one it wants`() throws {
    let directory = try TemporaryDirectory()
    let fixture = try BundleFixture()
    try TandemBundle.write(fixture.contents, to: directory.file("bundle"))
    let bundle = try TandemBundle(path: directory.file("bundle"))
    let other = try BundleFixture(seed: 2)
    #expect(other.large.fingerprint != fixture.large.fingerprint)
    let error = #expect(throws: CheckpointError.self) {
        try bundle.smallModel(for: other.large, form: .training, pool: fixture.pool)
    }
    let sentence = "\(try #require(error))"
    #expect(sentence.contains("A tiny model in F32") && sentence.contains("same shape"))
}

@Test(arguments: [
    RotaryScaling.linear(factor: 2),
    .llama3(factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContextLength: 64),
    .divisors([1, 1.5, 2, 2.25, 3, 4, 5, 6]),
])
func `rotary scaling survives`(scaling: RotaryScaling) throws {
    let directory = try TemporaryDirectory()
    let fixture = try BundleFixture(scaling: scaling)
    try TandemBundle.write(fixture.contents, to: directory.file("bundle"))
    #expect(try TandemBundle(path: directory.file("bundle")).configuration.small.rotaryScaling == scaling)
}

@Test func `a bundle replaces a bundle and nothing else`() throws {
    let directory = try TemporaryDirectory()
    var fixture = try BundleFixture()
    try TandemBundle.write(fixture.contents, to: directory.file("bundle"))
    fixture.contents.record = ["steps": 4]
    try TandemBundle.write(fixture.contents, to: directory.file("bundle/"))
    #expect(try TandemBundle(path: directory.file("bundle")).record == ["steps": 4])
    try directory.write("notes", "dear diary")
    #expect(throws: CheckpointError.self) { try TandemBundle.write(fixture.contents, to: directory.file("notes")) }
    try FileManager.default.createDirectory(atPath: directory.file("full"), withIntermediateDirectories: false)
    try directory.write("full/notes", "dear diary")
    #expect(throws: CheckpointError.self) { try TandemBundle.write(fixture.contents, to: directory.file("full")) }
    #expect(directory.contents == ["bundle", "full", "notes"])
    fixture.contents.weights[.outputNorm]?[0, 3] = .nan
    #expect(throws: CheckpointError.self) { try TandemBundle.write(fixture.contents, to: directory.file("other")) }
    fixture.contents.weights[.outputNorm] = nil
    #expect(throws: CheckpointError.self) { try TandemBundle.write(fixture.contents, to: directory.file("other")) }
    #expect(directory.contents == ["bundle", "full", "notes"])
}

@Test func `a bundle that was being replaced when the process was killed is whole again`() throws {
    let directory = try TemporaryDirectory()
    var fixture = try BundleFixture()
    let path = directory.file("bundle")
    func steps() throws -> JSONValue? { try TandemBundle(path: path).record?["steps"] }
    func write(_ count: Int, to name: String) throws {
        fixture.contents.record = ["steps": .integer(count)]
        try TandemBundle.write(fixture.contents, to: directory.file(name))
    }
    // While the new one was written.
    try write(1, to: "bundle")
    try directory.write("bundle.gguf.x1.partial", "another file's")
    try FileManager.default.createDirectory(atPath: path + ".x1.partial", withIntermediateDirectories: false)
    TandemBundle.finishWriting(at: path)
    #expect(try steps() == 1 && directory.contents == ["bundle", "bundle.gguf.x1.partial"])
    // Between the two names: the new one is whole.
    try write(2, to: "new")
    try FileManager.default.moveItem(atPath: path, toPath: path + ".x2.old")
    try FileManager.default.moveItem(atPath: directory.file("new"), toPath: path + ".x2.partial")
    TandemBundle.finishWriting(at: path)
    #expect(try steps() == 2 && directory.contents == ["bundle", "bundle.gguf.x1.partial"])
    // After them, with the old one still there.
    try write(1, to: "old")
    try FileManager.default.moveItem(atPath: directory.file("old"), toPath: path + ".x3.old")
    TandemBundle.finishWriting(at: path)
    #expect(try steps() == 2 && directory.contents == ["bundle", "bundle.gguf.x1.partial"])
    // If nothing else is left, the old one comes back; and whoever writes the next one need not ask for it.
    try FileManager.default.moveItem(atPath: path, toPath: path + ".x4.old")
    TandemBundle.finishWriting(at: path)
    #expect(try steps() == 2)
    try FileManager.default.moveItem(atPath: path, toPath: path + ".x5.old")
    try write(3, to: "bundle")
    #expect(try steps() == 3 && directory.contents == ["bundle", "bundle.gguf.x1.partial"])
}
