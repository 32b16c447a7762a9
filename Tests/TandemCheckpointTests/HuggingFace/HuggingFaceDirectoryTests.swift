import TandemCheckpoint
import TandemMath
import TandemModels
import Testing

struct HuggingFaceDirectoryTests {
    @Test func `a llama is read with its configuration and all weights`() throws {
        let tiny = try TinyDirectory()
        try tiny.write()
        let model = try tiny.open()
        let expected = try TransformerConfiguration(
            architecture: .llama, vocabularyCount: 5, width: 8, layerCount: 2, headCount: 2, keyValueHeadCount: 1,
            feedForwardWidth: 6, contextLength: 64, normEpsilon: 1e-5, rotaryBase: 10_000)
        #expect(model.configuration == expected)
        for (index, parameter) in expected.parameters.enumerated() {
            let tensor = try model.tensor(parameter.path)
            #expect(tensor.shape == parameter.shape)
            #expect(tensor.floats().first == Float(index * 1000))
        }
        #expect(model.generationDefaults.endTokens == [4])
        #expect(model.generationDefaults.beginToken == 3)
        #expect(model.byteCount > 0)
        guard case .missing = model.tokenizerSource else {
            Issue.record("there is no tokenizer")
            return
        }
    }

    @Test func `the family's members differ as their classes do`() throws {
        var mistral = try TinyDirectory()
        mistral.become("mistral", "MistralForCausalLM")
        mistral.configuration["sliding_window"] = "null"
        mistral.configuration["head_dim"] = "6"
        try mistral.write(.mistral, headWidth: 6)
        #expect(try mistral.open().configuration.architecture == .mistral)
        #expect(try mistral.open().configuration.headWidth == 6)

        var qwen2 = try TinyDirectory()
        qwen2.become("qwen2", "Qwen2ForCausalLM")
        qwen2.configuration["tie_word_embeddings"] = "true"
        qwen2.configuration["sliding_window"] = "16"
        qwen2.configuration["use_sliding_window"] = "false"
        try qwen2.write(.qwen2, ties: true)
        #expect(try qwen2.open().configuration.hasAttentionBias && qwen2.open().configuration.tiesEmbedding)

        var qwen3 = try TinyDirectory()
        qwen3.become("qwen3", "Qwen3ForCausalLM")
        qwen3.configuration["layer_types"] = #"["full_attention", "full_attention"]"#
        try qwen3.write(.qwen3, headWidth: 128)
        #expect(try qwen3.open().configuration.hasQueryKeyNorm)
        #expect(try qwen3.open().configuration.headWidth == 128)
    }

    @Test(arguments: [
        ("rope_scaling", #"{"type": "linear", "factor": 2.0}"#, RotaryScaling.linear(factor: 2)),
        ("rope_scaling", #"{"rope_type": "default"}"#, .none),
        (
            "rope_scaling",
            #"{"rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4, "#
                + #""original_max_position_embeddings": 32}"#,
            .llama3(factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContextLength: 32)
        ),
        ("rope_parameters", #"{"rope_theta": 10000.0, "rope_type": "default"}"#, .none),
        ("rope_parameters", #"{"rope_theta": 10000, "rope_type": "linear", "factor": 4}"#, .linear(factor: 4)),
    ])
    func `rotary scaling is read where older and newer files have it`(
        key: String, value: String, expected: RotaryScaling
    ) throws {
        var tiny = try TinyDirectory()
        tiny.configuration[key] = value
        try tiny.write()
        #expect(try tiny.open().configuration.rotaryScaling == expected)
        #expect(try tiny.open().configuration.rotaryBase == 10_000)
    }

    @Test(arguments: [
        ("model_type", "\"gemma\"", "\"gemma\" is not supported"),
        ("model_type", "null", "missing"),
        ("architectures", "[\"LlamaForSequenceClassification\"]", "is not LlamaForCausalLM"),
        ("quantization_config", "{\"bits\": 4}", "quantised"),
        ("hidden_act", "\"gelu\"", "\"gelu\""),
        ("attention_bias", "true", "biases"),
        ("mlp_bias", "true", "biases"),
        ("partial_rotary_factor", "0.5", "part of the channels"),
        ("layer_types", "[\"full_attention\", \"sliding_attention\"]", "\"sliding_attention\""),
        ("hidden_size", "\"8\"", "whole number is needed"),
        ("hidden_size", "8.5", "whole number is needed"),
    ])
    func `what the transformer cannot express is refused with a sentence`(
        key: String, value: String, problem: String
    ) throws {
        var tiny = try TinyDirectory()
        tiny.configuration[key] = value
        try tiny.write()
        let error = try #require(throws: CheckpointError.self) { try tiny.open() }
        #expect(error.file.hasSuffix("config.json"))
        #expect(error.place == .key(key))
        #expect(error.problem.contains(problem), "\(error)")
    }

    @Test(arguments: ["yarn", "dynamic", "longrope"])
    func `unknown rotary scaling is refused`(type: String) throws {
        var tiny = try TinyDirectory()
        tiny.configuration["rope_scaling"] = "{\"rope_type\": \"\(type)\", \"factor\": 4}"
        try tiny.write()
        let error = try #require(throws: CheckpointError.self) { try tiny.open() }
        #expect(error.place == .key("rope_scaling.rope_type") && error.problem.contains(type))
    }

    @Test func `a window shorter than the context is refused`() throws {
        var tiny = try TinyDirectory()
        tiny.become("mistral", "MistralForCausalLM")
        tiny.configuration["sliding_window"] = "32"
        try tiny.write(.mistral)
        #expect(throws: CheckpointError.self) { try tiny.open() }
        tiny.configuration["sliding_window"] = "64"
        try tiny.writeConfiguration()
        #expect(throws: Never.self) { try tiny.open() }
    }

    @Test func `impossible numbers are refused before anything is made from them`() throws {
        var tiny = try TinyDirectory()
        tiny.configuration["num_hidden_layers"] = "1000000000000"
        try tiny.write()
        let error = try #require(throws: CheckpointError.self) { try tiny.open() }
        #expect(error.problem.contains("number of layers"))
    }

    @Test func `missing, misshapen and surplus tensors are refused by name, harmless ones reported`() throws {
        var missing = try TinyDirectory()
        missing.omittedTensors = ["model.layers.1.mlp.up_proj.weight"]
        try missing.write()
        let first = try #require(throws: CheckpointError.self) { try missing.open() }
        #expect(first.place == .tensor("model.layers.1.mlp.up_proj.weight"))

        var misshapen = try TinyDirectory()
        misshapen.configuration["vocab_size"] = "6"
        try misshapen.write()
        let second = try #require(throws: CheckpointError.self) { try misshapen.open() }
        #expect(second.problem == "its shape is [5, 8], but config.json asks for [6, 8]")

        var surplus = try TinyDirectory()
        surplus.extraTensors = [("model.layers.0.self_attn.o_proj.bias", [8])]
        try surplus.write()
        let third = try #require(throws: CheckpointError.self) { try surplus.open() }
        #expect(third.place == .tensor("model.layers.0.self_attn.o_proj.bias"))

        var harmless = try TinyDirectory()
        harmless.extraTensors = [("model.layers.0.self_attn.rotary_emb.inv_freq", [2])]
        try harmless.write()
        #expect(try harmless.open().unexpectedTensors == ["model.layers.0.self_attn.rotary_emb.inv_freq"])
    }

    @Test func `recommendations come from their file, tokens also from the configuration`() throws {
        let tiny = try TinyDirectory()
        try tiny.write()
        try tiny.directory.write(
            "generation_config.json",
            #"{"eos_token_id": [2, 4], "do_sample": true, "temperature": 0.6, "top_k": 20, "top_p": 0.9, "min_p": 0.05, "#
                + #""repetition_penalty": 1.1}"#)
        var expected = GenerationDefaults()
        expected.endTokens = [2, 4]
        expected.beginToken = 3
        expected.samples = true
        expected.temperature = 0.6
        expected.topK = 20
        expected.topP = 0.9
        expected.minP = 0.05
        expected.repetitionPenalty = 1.1
        #expect(try tiny.open().generationDefaults == expected)
        try tiny.directory.write("generation_config.json", #"{"eos_token_id": 5}"#)
        let error = try #require(throws: CheckpointError.self) { try tiny.open() }
        #expect(error.problem == "token 5 is not in the vocabulary of 5")
    }

    @Test(arguments: [
        ("temperature", "-0.1"), ("temperature", "1e300"), ("top_p", "1.5"), ("min_p", "-1"),
        ("repetition_penalty", "0"),
    ])
    func `a recommendation that nobody can follow is refused by its key`(key: String, value: String) throws {
        let tiny = try TinyDirectory()
        try tiny.write()
        try tiny.directory.write("generation_config.json", "{\"\(key)\": \(value)}")
        let error = try #require(throws: CheckpointError.self) { try tiny.open() }
        #expect(error.file.hasSuffix("generation_config.json") && error.place == .key(key))
        #expect(error.problem.contains("but must be"), "\(error)")
        // Nothing and less are written for "all tokens".
        try tiny.directory.write("generation_config.json", #"{"top_k": -1}"#)
        #expect(try tiny.open().generationDefaults.topK == nil)
    }

    @Test func `the chat template is found in all its places`() throws {
        let tiny = try TinyDirectory()
        try tiny.write()
        #expect(try tiny.open().chatTemplate == nil)
        try tiny.directory.write("tokenizer_config.json", #"{"chat_template": "one"}"#)
        #expect(try tiny.open().chatTemplate == "one")
        try tiny.directory.write(
            "tokenizer_config.json",
            #"{"chat_template": [{"name": "tool_use", "template": "x"}, {"name": "default", "template": "two"}]}"#)
        #expect(try tiny.open().chatTemplate == "two")
        try tiny.directory.write("chat_template.jinja", "three")
        #expect(try tiny.open().chatTemplate == "three")
    }

    @Test func `the tokenizer's files are handed on as they are`() throws {
        let tiny = try TinyDirectory()
        try tiny.write()
        try tiny.directory.write("tokenizer.json", "{\"x\": 1}")
        guard case .directory(let tokenizer, nil) = try tiny.open().tokenizerSource else {
            Issue.record("no tokenizer")
            return
        }
        #expect(tokenizer == Array("{\"x\": 1}".utf8))
    }
}
