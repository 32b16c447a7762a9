/// Whole models of a few thousand numbers, as GGUF files.
enum TinyGGUF {
    static let vocabulary = 5
    static let width = 8
    static let layers = 2
    static let heads = 2
    static let keyValueHeads = 1
    static let feedForward = 6

    /// Every number of a tensor is its index in the tensor plus the tensor's index in the file times 1000.
    static func llama(
        architecture: String = "llama", ties: Bool = false, attentionBias: Bool = false, queryKeyNorm: Bool = false
    ) -> RawGGUF {
        var file = RawGGUF()
        file.add("general.architecture", string: architecture)
        file.add("general.name", string: "Tiny")
        file.add("\(architecture).block_count", uint32: UInt32(layers))
        file.add("\(architecture).context_length", uint32: 64)
        file.add("\(architecture).embedding_length", uint32: UInt32(width))
        file.add("\(architecture).feed_forward_length", uint32: UInt32(feedForward))
        file.add("\(architecture).attention.head_count", uint32: UInt32(heads))
        file.add("\(architecture).attention.head_count_kv", uint32: UInt32(keyValueHeads))
        file.add("\(architecture).attention.layer_norm_rms_epsilon", float32: 1e-5)
        file.add("\(architecture).rope.freq_base", float32: 10_000)
        file.add("\(architecture).rope.dimension_count", uint32: UInt32(width / heads))
        file.add("tokenizer.ggml.model", string: "gpt2")
        file.add("tokenizer.ggml.tokens", strings: ["a", "b", "ab", "<s>", "</s>"])
        file.add("tokenizer.ggml.eos_token_id", uint32: 4)
        file.add("tokenizer.ggml.bos_token_id", uint32: 3)

        let headWidth = width / heads
        let (queries, keys) = (Int64(heads * headWidth), Int64(keyValueHeads * headWidth))
        let (channels, inner) = (Int64(width), Int64(feedForward))
        file.addTensor("token_embd.weight", [channels, Int64(vocabulary)])
        for layer in 0..<layers {
            func add(_ name: String, _ dimensions: [Int64]) { file.addTensor("blk.\(layer).\(name)", dimensions) }
            add("attn_norm.weight", [channels])
            add("attn_q.weight", [channels, queries])
            add("attn_k.weight", [channels, keys])
            add("attn_v.weight", [channels, keys])
            if attentionBias {
                add("attn_q.bias", [queries])
                add("attn_k.bias", [keys])
                add("attn_v.bias", [keys])
            }
            if queryKeyNorm {
                add("attn_q_norm.weight", [Int64(headWidth)])
                add("attn_k_norm.weight", [Int64(headWidth)])
            }
            add("attn_output.weight", [queries, channels])
            add("ffn_norm.weight", [channels])
            add("ffn_gate.weight", [channels, inner])
            add("ffn_up.weight", [channels, inner])
            add("ffn_down.weight", [inner, channels])
        }
        file.addTensor("output_norm.weight", [channels])
        if !ties { file.addTensor("output.weight", [channels, Int64(vocabulary)]) }
        for index in file.tensors.indices {
            let count = file.tensors[index].bytes.count / 4
            file.tensors[index].bytes = (0..<count).flatMap { littleEndian(Float(index * 1000 + $0).bitPattern) }
        }
        return file
    }
}

extension RawGGUF {
    /// Puts another value in the place of a key's, or adds the key.
    mutating func replace(_ key: String, _ add: (inout RawGGUF) -> Void) {
        pairs.removeAll { $0.key == Array(key.utf8) }
        add(&self)
    }

    /// Index of a tensor.
    func index(of name: String) -> Int? { tensors.firstIndex { $0.name == Array(name.utf8) } }
}
