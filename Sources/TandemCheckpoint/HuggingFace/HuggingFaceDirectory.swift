import Foundation
public import TandemMath
public import TandemModels

/// A model as Hugging Face's libraries save it: a directory with `config.json`, safetensors files, `tokenizer.json`
/// and, where the makers have something to recommend or to say, `generation_config.json` and `README.md`.
public struct HuggingFaceDirectory: ModelCheckpoint {
    /// The directory.
    public let path: String
    /// Shape and constants, from `config.json`.
    public let configuration: TransformerConfiguration
    /// Tensors that have no place in the configuration and do not change the result.
    public let unexpectedTensors: [String]
    /// From `generation_config.json`, end tokens also from `config.json`.
    public let generationDefaults: GenerationDefaults
    /// From `chat_template.jinja` or `tokenizer_config.json`.
    public let chatTemplate: String?
    /// From the front matter of `README.md`, if that is there.
    public let license: String?
    /// From the same place.
    public let licenseName: String?
    /// The bytes of the tokenizer's files.
    public let tokenizerSource: TokenizerSource
    private let shards: SafetensorsShards

    /// Reads the configuration and checks that every weight is there in its shape.
    ///
    /// - Throws: ``CheckpointError`` as ``GGUFModel`` does, or `MappedFileError` if a file cannot be opened.
    public init(path: String) throws {
        let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        self.path = path
        let json = try JSONObject(path: path + "/config.json")
        configuration = try HuggingFaceConfiguration(json: json).configuration()
        shards = try SafetensorsShards(directory: path)
        unexpectedTensors = try Self.inventory(of: shards, path: path).check(against: configuration)
        let recommendations = try Self.file("generation_config.json", in: path).map {
            try JSONObject(bytes: $0, file: path + "/generation_config.json")
        }
        generationDefaults = try GenerationDefaults(
            recommendations: recommendations, configuration: json, vocabularyCount: configuration.vocabularyCount)
        let tokenizerConfiguration = try Self.file("tokenizer_config.json", in: path)
        chatTemplate = try Self.chatTemplate(in: path, tokenizerConfiguration)
        let card = HuggingFaceCard(directory: path)
        (license, licenseName) = (card.license, card.licenseName)
        tokenizerSource =
            try Self.file("tokenizer.json", in: path)
            .map { .directory(tokenizer: $0, configuration: tokenizerConfiguration) } ?? .missing
    }

    /// The directory's name; for a snapshot in the Hugging Face cache the model's.
    public var displayName: String {
        let parts = path.split(separator: "/")
        if parts.count >= 3, parts[parts.count - 2] == "snapshots", parts[parts.count - 3].hasPrefix("models--") {
            return String(parts[parts.count - 3].dropFirst("models--".count)).replacing("--", with: "/")
        }
        return fileName(of: path)
    }

    /// Bytes of the safetensors files.
    public var byteCount: Int { shards.byteCount }

    /// The weight at `path`, as its file holds it.
    public func tensor(_ path: ParameterPath) throws -> TensorData {
        for file in shards.files { try file.verifyUnchanged() }
        return try Self.inventory(of: shards, path: self.path).tensor(path)
    }

    /// SHA-256 of the weights: see ``contentHash(of:)``.
    public func contentHash() throws -> String {
        for file in shards.files { try file.verifyUnchanged() }
        return TandemCheckpoint.contentHash(of: shards.tensors)
    }

    private static func inventory(of shards: SafetensorsShards, path: String) -> TensorInventory {
        TensorInventory(
            path: path, tensors: shards.tensors, name: HuggingFaceNaming.name, find: shards.tensor,
            changesResult: HuggingFaceNaming.changesResult, authority: "config.json asks for",
            remedy: "Download the model's files again: they do not belong together.")
    }

    /// The bytes of a file that may be absent.
    private static func file(_ name: String, in directory: String) throws -> [UInt8]? {
        let path = directory + "/" + name
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let mapped = try MappedFile(path: path)
        guard mapped.count <= 1 << 28 else {
            throw CheckpointError(
                file: path, problem: "the file has \(mapped.count) bytes, which is too much for what it should be",
                remedy: Remedy.damaged)
        }
        return mapped.bytes.array
    }

    /// Newer models have their template in a file of its own; older ones in the tokenizer's configuration, as one text
    /// or as several with names.
    private static func chatTemplate(in directory: String, _ tokenizerConfiguration: [UInt8]?) throws -> String? {
        if let bytes = try file("chat_template.jinja", in: directory) {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw CheckpointError(
                    file: directory + "/chat_template.jinja", problem: "the file is not UTF-8", remedy: Remedy.damaged)
            }
            return text
        }
        guard let tokenizerConfiguration else { return nil }
        let json = try JSONObject(bytes: tokenizerConfiguration, file: directory + "/tokenizer_config.json")
        guard let templates = try json.objects(ifArray: "chat_template") else {
            return try json.string("chat_template")
        }
        for template in templates where try template.string("name") == "default" {
            return try template.required("template", template.string("template"))
        }
        return nil
    }
}
