import Foundation

/// Opens models of every kind that we read.
public enum CheckpointReader {
    /// Opens a GGUF file, a Hugging Face directory, or a directory with one GGUF file in it.
    ///
    /// - Throws: ``CheckpointError`` with what to do, or `MappedFileError` if a file cannot be opened.
    public static func open(_ path: String) throws -> any ModelCheckpoint {
        let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
        guard FileManager.default.fileExists(atPath: path) else {
            throw CheckpointError(
                file: path, problem: "there is no such file or directory",
                remedy: "Give a GGUF file or a directory with config.json and safetensors files.")
        }
        if try url.resourceValues(forKeys: [.isDirectoryKey]).isDirectory != true { return try openFile(path) }
        if FileManager.default.fileExists(atPath: path + "/config.json") { return try HuggingFaceDirectory(path: path) }
        let names = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".gguf") }.sorted()
        guard names.count == 1 else {
            throw CheckpointError(
                file: path,
                problem: names.isEmpty
                    ? "the directory holds neither config.json nor a GGUF file"
                    : "the directory holds \(names.count) GGUF files: \(names.prefix(8).joined(separator: ", "))",
                remedy: names.isEmpty
                    ? "Give a GGUF file or a directory with config.json and safetensors files."
                    : "Name one of them.")
        }
        return try openFile(path + "/" + names[0])
    }

    private static func openFile(_ path: String) throws -> any ModelCheckpoint {
        if path.hasSuffix(".safetensors") || path.hasSuffix(".json") {
            throw CheckpointError(
                file: path, problem: "this is one file of a model in several",
                remedy: "Give the directory that it is in.")
        }
        return try GGUFModel(file: GGUFFile(path: path))
    }
}
