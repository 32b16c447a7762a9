import Foundation
import TandemJSON
import TandemMath
import TandemModels

/// A bundle in one GGUF file: the documents of the folder as texts in the metadata, matrices in GGUF's own block formats.
///
///     general.architecture   tandem
///     tandem.config          the text of config.json
///     tandem.training …      the texts of training.json, evaluation.json, calibration.json
///     tandem.draft_tokens    the large model's token for each row of the head
///     tandem.card            the text of README.md
enum BundleGGUF {
    static let architecture = "tandem"
    static let documents = ["training", "evaluation", "calibration"]
}

extension TandemBundle {
    /// Writes the bundle as one GGUF file; a task that is cancelled stops between two tensors.
    ///
    /// - Throws: ``CheckpointError``, `MappedFileError` or `CancellationError`; nothing is then left at `path`.
    public func exportGGUF(to path: String) throws {
        var writer = GGUFWriter()
        try writer.add("general.architecture", .string(BundleGGUF.architecture))
        try writer.add("general.name", .string("Tandem for \(large.name)"))
        try writer.add("general.file_type", .uint32(storage.format.ggufFileType))
        try writer.add("general.quantization_version", .uint32(2))
        try writer.add("tandem.config", .string(description.json.document))
        for (name, value) in zip(BundleGGUF.documents, [record, evaluation, calibration]) {
            if let value { try writer.add("tandem.\(name)", .string(value.document)) }
        }
        if let tokens = configuration.draftTokens {
            try writer.add("tandem.draft_tokens", .int32s(tokens.map(Int32.init)))
        }
        if let card = try? String(contentsOfFile: self.path + "/README.md", encoding: .utf8) {
            try writer.add("tandem.card", .string(card))
        }
        let stored = configuration.parameters.compactMap { weights[$0.parameter] }
        let all = stored + extras.sorted { $0.key < $1.key }.map(\.value)
        for tensor in all { try writer.describe(tensor.name, format: tensor.format, shape: tensor.shape) }
        try writer.write(to: path) { index in
            try Task.checkCancellation()
            return all[index]
        }
    }

    init(gguf file: GGUFFile) throws {
        let metadata = file.metadata
        let architecture = try metadata.string(ifPresent: "general.architecture")
        guard architecture == BundleGGUF.architecture else {
            throw CheckpointError(
                file: file.path, place: .key("general.architecture"),
                problem: "this is a model of the architecture \(quoted(architecture ?? "")), not a bundle",
                remedy: "Give a file that 'tandem bundle export' wrote, or the folder of a bundle.")
        }
        let draftTokens = try metadata.integers(ifPresent: "tandem.draft_tokens")
        let description = try BundleConfiguration(
            JSONObject(bytes: Array(metadata.string("tandem.config").utf8), file: file.path), draftTokens: draftTokens)
        var tensors = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, $0) })
        var weights: [SmallParameter: TensorData] = [:]
        for shape in description.configuration.parameters where !shape.isFrozen {
            let name = shape.parameter.fileName
            guard let tensor = tensors.removeValue(forKey: name), tensor.shape == [shape.rows, shape.columns] else {
                let found = file.tensor(named: name)?.shape
                throw CheckpointError(
                    file: file.path, place: .tensor(name),
                    problem: found.map {
                        "its shape is \($0), but the configuration asks for \([shape.rows, shape.columns])"
                    } ?? "the tensor is missing", remedy: Remedy.damaged)
            }
            weights[shape.parameter] = tensor
        }
        for (name, tensor) in tensors where !BundleContents.isExtra(name) || tensor.shape.count != 2 {
            throw Self.unexpected(name, in: file.path)
        }
        let documents = try BundleGGUF.documents.map { name in
            try metadata.string(ifPresent: "tandem.\(name)").map { try Self.json(Array($0.utf8), file: file.path) }
        }
        try self.init(
            path: file.path, description, weights: weights, extras: tensors, byteCount: file.byteCount,
            record: documents[0], evaluation: documents[1], calibration: documents[2])
    }
}
