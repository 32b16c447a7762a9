import TandemMath
import TandemModels

@testable import TandemCheckpoint

/// Whole models of a few thousand numbers, as Hugging Face directories.
struct TinyDirectory {
    let directory: TemporaryDirectory
    var configuration: [String: String] = [
        "model_type": "\"llama\"", "architectures": "[\"LlamaForCausalLM\"]", "vocab_size": "5", "hidden_size": "8",
        "num_hidden_layers": "2", "num_attention_heads": "2", "num_key_value_heads": "1", "intermediate_size": "6",
        "max_position_embeddings": "64", "rms_norm_eps": "1e-05", "rope_theta": "10000.0", "hidden_act": "\"silu\"",
        "torch_dtype": "\"bfloat16\"", "tie_word_embeddings": "false", "eos_token_id": "4", "bos_token_id": "3",
        "rope_scaling": "null",
    ]
    var extraTensors: [(name: String, shape: [Int])] = []
    var omittedTensors: Set<String> = []

    init() throws { directory = try TemporaryDirectory() }

    mutating func become(_ type: String, _ modelClass: String) {
        configuration["model_type"] = "\"\(type)\""
        configuration["architectures"] = "[\"\(modelClass)\"]"
    }

    func writeConfiguration() throws {
        let members = configuration.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }
        try directory.write("config.json", "{\(members.joined(separator: ",\n"))}")
    }

    /// Every number of a tensor is its index in the tensor plus the tensor's index times 1000.
    func tensors(for shape: TransformerConfiguration) throws -> [TensorData] {
        let named =
            shape.parameters.map { (HuggingFaceNaming.name(of: $0.path), $0.shape) }
            + extraTensors.map { ($0.name, $0.shape) }
        return try named.filter { !omittedTensors.contains($0.0) }.enumerated().map { index, tensor in
            let count = tensor.1.reduce(1, *)
            return try Quantizer.encode(
                (0..<count).map { Float(index * 1000 + $0) }, name: tensor.0, shape: tensor.1, as: .float32)
        }
    }

    /// Writes configuration and weights of what a tiny model of `architecture` has.
    func write(_ architecture: Architecture = .llama, headWidth: Int? = nil, ties: Bool = false) throws {
        try writeConfiguration()
        let shape = try TransformerConfiguration(
            architecture: architecture, vocabularyCount: 5, width: 8, layerCount: 2, headCount: 2, keyValueHeadCount: 1,
            headWidth: headWidth, feedForwardWidth: 6, contextLength: 64, hasAttentionBias: architecture == .qwen2,
            hasQueryKeyNorm: architecture == .qwen3, tiesEmbedding: ties)
        try SafetensorsWriter.write(tensors(for: shape), to: directory.file("model.safetensors"))
    }

    func open() throws -> HuggingFaceDirectory { try HuggingFaceDirectory(path: directory.path) }
}
