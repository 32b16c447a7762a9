import TandemCheckpoint
import TandemMath
import TandemModels
import Testing

struct GGUFModelTests {
    private func model(_ file: RawGGUF) throws -> GGUFModel { try GGUFModel(file: file.open()) }

    @Test func `a llama is read with its configuration and all weights`() throws {
        let model = try model(TinyGGUF.llama())
        let expected = try TransformerConfiguration(
            architecture: .llama, vocabularyCount: 5, width: 8, layerCount: 2, headCount: 2, keyValueHeadCount: 1,
            feedForwardWidth: 6, contextLength: 64, normEpsilon: 1e-5, rotaryBase: 10_000)
        #expect(model.configuration == expected)
        for (path, shape) in expected.parameters { #expect(try model.tensor(path).shape == shape) }
        #expect(model.displayName == "Tiny")
        #expect(model.unexpectedTensors == [])
        #expect(model.generationDefaults.endTokens == [4])
        #expect(model.generationDefaults.beginToken == 3)
    }

    @Test func `the licence is read, and what its makers call it`() throws {
        var file = TinyGGUF.llama()
        #expect(try model(file).license == nil)
        file.add("general.license", string: "other")
        file.add("general.license.name", string: "tiny-research")
        let known = try model(file)
        #expect(known.license == "other" && known.licenseName == "tiny-research")
    }

    @Test func `recommendations are read, and none for all tokens`() throws {
        var file = TinyGGUF.llama()
        file.add("general.sampling.temp", float32: 0.5)
        file.add("general.sampling.top_k", 5, littleEndian(Int32(0)))
        file.add("general.sampling.top_p", float32: 1)
        file.add("general.sampling.penalty_repeat", float32: 1.5)
        let defaults = try model(file).generationDefaults
        #expect(defaults.temperature == 0.5 && defaults.topK == nil && defaults.topP == 1)
        #expect(defaults.repetitionPenalty == 1.5 && defaults.minP == nil)
    }

    @Test func `a recommendation that nobody can follow is refused by its key`() throws {
        let wrong: [(name: String, value: Float)] = [
            ("temp", -1), ("temp", .infinity), ("temp", .nan), ("top_p", 1.5), ("top_p", -0.5), ("min_p", 2),
            ("penalty_repeat", 0),
        ]
        for (name, value) in wrong {
            var file = TinyGGUF.llama()
            file.add("general.sampling.\(name)", float32: value)
            let error = try #require(throws: CheckpointError.self) { try model(file) }
            #expect(error.place == .key("general.sampling.\(name)"))
            #expect(error.problem.hasPrefix("its value is \(Double(value)), but must be"), "\(error)")
        }
    }

    @Test func `without an output matrix the embedding is tied`() throws {
        let model = try model(TinyGGUF.llama(ties: true))
        #expect(model.configuration.tiesEmbedding)
        #expect(throws: CheckpointError.self) { try model.tensor(.output) }
    }

    @Test func `qwen2 has biases and qwen3 has norms of queries and keys`() throws {
        let qwen2 = try model(TinyGGUF.llama(architecture: "qwen2", attentionBias: true))
        #expect(qwen2.configuration.architecture == .qwen2 && qwen2.configuration.hasAttentionBias)
        #expect(try qwen2.tensor(.layer(1, .keyBias)).shape == [4])
        let qwen3 = try model(TinyGGUF.llama(architecture: "qwen3", queryKeyNorm: true))
        #expect(qwen3.configuration.architecture == .qwen3 && qwen3.configuration.hasQueryKeyNorm)
        #expect(try qwen3.tensor(.layer(0, .queryNorm)).shape == [4])
    }

    @Test func `rotary pairs of a llama come half a head apart, those of a qwen2 stay`() throws {
        // Two heads of four rows of eight numbers: rows 0,1 and 2,3 of a head are pairs in the file.
        let raw = TinyGGUF.llama()
        let start = try Float(#require(raw.index(of: "blk.0.attn_q.weight")) * 1000)
        let rows = try model(raw).tensor(.layer(0, .query)).floats()
        let firstOfRow = stride(from: 0, to: rows.count, by: 8).map { (rows[$0] - start) / 8 }
        #expect(firstOfRow == [0, 2, 1, 3, 4, 6, 5, 7])
        #expect((0..<8).allSatisfy { rows[8 + $0] == start + Float(16 + $0) })

        let qwen = try model(TinyGGUF.llama(architecture: "qwen2", attentionBias: true)).tensor(.layer(0, .query))
        #expect(qwen.floats().enumerated().allSatisfy { $1 == start + Float($0) })

        // A bias moves with its row.
        let biased = try model(TinyGGUF.llama(attentionBias: true))
        #expect(biased.configuration.hasAttentionBias)
        let bias = try biased.tensor(.layer(0, .keyBias)).floats()
        #expect(bias.map { $0 - bias[0] } == [0, 2, 1, 3])
    }

    @Test func `rotary divisors come from their tensor`() throws {
        var file = TinyGGUF.llama()
        file.addTensor("rope_freqs.weight", [2])
        file.tensors[file.tensors.count - 1].bytes = [1, 8].flatMap { littleEndian(Float($0).bitPattern) }
        #expect(try model(file).configuration.rotaryScaling == .divisors([1, 8]))
        #expect(try model(file).unexpectedTensors == [])
    }

    @Test func `linear scaling is read, and absent where its factor is 1`() throws {
        var file = TinyGGUF.llama()
        file.add("llama.rope.scaling.type", string: "linear")
        file.add("llama.rope.scaling.factor", float32: 4)
        #expect(try model(file).configuration.rotaryScaling == .linear(factor: 4))
        file.replace("llama.rope.scaling.factor") { $0.add("llama.rope.scaling.factor", float32: 1) }
        #expect(try model(file).configuration.rotaryScaling == .none)
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let place: CheckpointError.Place?
        let problem: String
        let build: @Sendable (inout RawGGUF) -> Void

        init(_ key: String, _ problem: String, _ build: @escaping @Sendable (inout RawGGUF) -> Void) {
            (place, self.problem, self.build) = (.key(key), problem, build)
        }
        init(tensor: String, _ problem: String, _ build: @escaping @Sendable (inout RawGGUF) -> Void) {
            (place, self.problem, self.build) = (.tensor(tensor), problem, build)
        }
        init(_ problem: String, _ build: @escaping @Sendable (inout RawGGUF) -> Void) {
            (place, self.problem, self.build) = (nil, problem, build)
        }
        var testDescription: String { place.map { "\($0): \(problem)" } ?? problem }
    }

    static let refusals: [Refusal] = [
        Refusal("general.architecture", "\"gemma2\" is not supported") {
            $0.pairs[0].value = text("gemma2")
        },
        Refusal("general.architecture", "where a string is needed") {
            $0.pairs[0] = .init(key: Array("general.architecture".utf8), type: 4, value: littleEndian(UInt32(1)))
        },
        Refusal("llama.embedding_length", "missing") { $0.replace("llama.embedding_length") { _ in } },
        Refusal("general.type", "\"adapter\"") { $0.add("general.type", string: "adapter") },
        Refusal("split.count", "3 files") { $0.add("split.count", 2, littleEndian(UInt16(3))) },
        Refusal("llama.expert_count", "8 experts") { $0.add("llama.expert_count", uint32: 8) },
        Refusal("llama.attention.sliding_window", "32 positions") {
            $0.add("llama.attention.sliding_window", uint32: 32)
        },
        Refusal("llama.rope.scaling.type", "\"yarn\"") { $0.add("llama.rope.scaling.type", string: "yarn") },
        Refusal("llama.rope.dimension_count", "2 of a head's 4") {
            $0.replace("llama.rope.dimension_count") { $0.add("llama.rope.dimension_count", uint32: 2) }
        },
        Refusal("llama.attention.value_length", "values of 8 channels") {
            $0.add("llama.attention.value_length", uint32: 8)
        },
        Refusal("llama.use_parallel_residual", "block") { $0.add("llama.use_parallel_residual", bool: true) },
        Refusal("llama.attention.causal", "later positions") { $0.add("llama.attention.causal", bool: false) },
        Refusal("llama.attention.scale", "scale of 1.0") { $0.add("llama.attention.scale", float32: 1) },
        Refusal("llama.logit_scale", "scale of 8.0") { $0.add("llama.logit_scale", float32: 8) },
        Refusal("llama.final_logit_softcapping", "30.0") { $0.add("llama.final_logit_softcapping", float32: 30) },
        Refusal("llama.attention.head_count_kv", "layers of the model differ") {
            $0.replace("llama.attention.head_count_kv") { $0.add("llama.attention.head_count_kv", int32s: [1, 2]) }
        },
        Refusal("tokenizer.ggml.eos_token_id", "token 5 is not in the vocabulary of 5") {
            $0.replace("tokenizer.ggml.eos_token_id") { $0.add("tokenizer.ggml.eos_token_id", uint32: 5) }
        },
        Refusal("number of layers is 70000") {
            $0.replace("llama.block_count") { $0.add("llama.block_count", uint32: 70_000) }
        },
        Refusal("number of heads is 0") {
            $0.replace("llama.attention.head_count") { $0.add("llama.attention.head_count", uint32: 0) }
        },
        Refusal("epsilon is nan") {
            $0.replace("llama.attention.layer_norm_rms_epsilon") {
                $0.add("llama.attention.layer_norm_rms_epsilon", float32: .nan)
            }
        },
        Refusal(tensor: "blk.1.ffn_up.weight", "missing") { file in
            file.tensors.removeAll { $0.name == Array("blk.1.ffn_up.weight".utf8) }
        },
        Refusal(tensor: "token_embd.weight", "its shape is [5, 8], but the metadata ask for [2, 8]") {
            $0.replace("tokenizer.ggml.tokens") { $0.add("tokenizer.ggml.tokens", strings: ["a", "b"]) }
        },
        Refusal(tensor: "blk.0.attn_output.bias", "no such tensor") { $0.addTensor("blk.0.attn_output.bias", [8]) },
        Refusal(tensor: "blk.0.ffn_gate_inp.weight", "no such tensor") {
            $0.addTensor("blk.0.ffn_gate_inp.weight", [8, 2])
        },
        Refusal(tensor: "output_norm.bias", "no such tensor") { $0.addTensor("output_norm.bias", [8]) },
    ]

    @Test(arguments: refusals)
    func `what the transformer cannot express is refused with a sentence`(_ refusal: Refusal) throws {
        var file = TinyGGUF.llama()
        refusal.build(&file)
        let error = try #require(throws: CheckpointError.self) { try model(file) }
        #expect(error.file == "model.gguf")
        #expect(error.place == refusal.place)
        #expect(error.problem.contains(refusal.problem), "\(error)")
        #expect(error.remedy.hasSuffix("."))
    }

    @Test func `other architectures are answered with those that are supported`() throws {
        var file = TinyGGUF.llama()
        file.pairs[0].value = text("mamba")
        let error = try #require(throws: CheckpointError.self) { try model(file) }
        #expect(error.description.contains("llama, qwen2, qwen3"))
    }

    @Test func `tensors that change nothing are reported`() throws {
        var file = TinyGGUF.llama()
        file.addTensor("blk.0.attn_rot_embd.weight", [2])
        file.addTensor("imatrix.note", [1])
        #expect(try model(file).unexpectedTensors == ["blk.0.attn_rot_embd.weight", "imatrix.note"])
    }

    @Test func `the content hash is that of the weights alone`() throws {
        let first = try model(TinyGGUF.llama())
        var other = TinyGGUF.llama()
        other.replace("general.name") { $0.add("general.name", string: "Renamed") }
        #expect(try model(other).contentHash() == first.contentHash())
        other.tensors[3].bytes[0] ^= 1
        #expect(try model(other).contentHash() != first.contentHash())
    }
}
