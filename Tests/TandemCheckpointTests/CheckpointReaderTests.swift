import TandemCheckpoint
import TandemMath
import TandemModels
import Testing

struct CheckpointReaderTests {
    @Test func `a file, a directory with one file, and a Hugging Face directory are opened`() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("tiny.gguf", TinyGGUF.llama().bytes)
        #expect(try CheckpointReader.open(path) is GGUFModel)
        #expect(try CheckpointReader.open(directory.path).configuration.width == 8)
        let tiny = try TinyDirectory()
        try tiny.write()
        #expect(try CheckpointReader.open(tiny.directory.path) is HuggingFaceDirectory)
        #expect(try CheckpointReader.open(tiny.directory.path + "/").path == tiny.directory.path)
    }

    @Test func `anything else is answered with what to give`() throws {
        let directory = try TemporaryDirectory()
        func error(_ path: String) throws -> CheckpointError {
            try #require(throws: CheckpointError.self) { try CheckpointReader.open(path) }
        }
        #expect(try error(directory.file("absent")).problem.contains("no such file"))
        #expect(try error(directory.path).problem.contains("neither config.json nor a GGUF file"))
        try directory.write("a.gguf", "")
        try directory.write("b.gguf", "<html>")
        #expect(try error(directory.path).problem.contains("2 GGUF files: a.gguf, b.gguf"))
        #expect(try error(directory.file("a.gguf")).place == .byte(0))
        #expect(try error(directory.file("b.gguf")).remedy.contains("error page"))
        try directory.write("model.safetensors", "")
        #expect(try error(directory.file("model.safetensors")).remedy.contains("directory"))
    }

    @Test func `a GGUF and a Hugging Face directory of the same model give the same weights`() throws {
        let tiny = try TinyDirectory()
        try tiny.write()
        let original = try tiny.open()
        let configuration = original.configuration

        // What the converter does: rows of queries and keys side by side instead of half a head apart.
        var raw = TinyGGUF.llama()
        for (path, _) in configuration.parameters {
            let name = ggufName(path)
            let index = try #require(raw.index(of: name))
            raw.tensors[index].bytes = try paired(original.tensor(path), path, configuration).bytes.array
        }
        let converted = try GGUFModel(file: raw.open())
        for (path, _) in configuration.parameters {
            #expect(try converted.tensor(path).floats() == original.tensor(path).floats(), "\(path)")
        }
    }

    private func paired(
        _ tensor: TensorData, _ path: ParameterPath, _ configuration: TransformerConfiguration
    ) throws -> TensorData {
        let headCount: Int
        switch path {
        case .layer(_, .query): headCount = configuration.headCount
        case .layer(_, .key): headCount = configuration.keyValueHeadCount
        default: return tensor
        }
        // [head, half, pair] becomes [head, pair, half].
        let half = configuration.headWidth / 2
        var order: [Int] = []
        for head in 0..<headCount {
            for pair in 0..<half { order += [head * 2 * half + pair, head * 2 * half + half + pair] }
        }
        return try tensor.reorderingRows(order)
    }

    private func ggufName(_ path: ParameterPath) -> String {
        switch path {
        case .embedding: return "token_embd.weight"
        case .outputNorm: return "output_norm.weight"
        case .output: return "output.weight"
        case .layer(let index, let parameter):
            let names: [LayerParameter: String] = [
                .attentionNorm: "attn_norm", .query: "attn_q", .key: "attn_k", .value: "attn_v",
                .attentionOutput: "attn_output", .feedForwardNorm: "ffn_norm", .gate: "ffn_gate", .up: "ffn_up",
                .down: "ffn_down",
            ]
            return "blk.\(index).\(names[parameter, default: ""]).weight"
        }
    }
}
