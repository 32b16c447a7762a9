import Foundation
import TandemJSON
import TandemMath
import TandemModels

extension TandemBundle {
    /// Writes a bundle to `folder`, which is there as a whole or not at all.
    ///
    /// A bundle that is there already is replaced; anything else is left alone.
    ///
    /// - Throws: ``CheckpointError`` if weights do not fit the configuration or the folder cannot be written.
    public static func write(_ contents: BundleContents, to folder: String) throws {
        let path = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        finishWriting(at: path)
        try requireFree(path)
        let description = BundleConfiguration(contents)
        // What cannot be read again must not be written.
        let config = Array((description.json.document + "\n").utf8)
        let again = try BundleConfiguration(
            JSONObject(bytes: config, file: path + "/config.json"), draftTokens: contents.configuration.draftTokens)
        guard again == description else {
            throw CheckpointError(
                file: path, problem: "this configuration cannot be stored",
                remedy: "Describe the small model as a llama.")
        }
        let tensors = try tensors(of: contents, path: path)
        let swap = FolderSwap(path: path)
        let temporary = swap.temporaryPath
        do {
            try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: true)
            func write(_ name: String, _ bytes: [UInt8]) throws {
                let file = try ReplacementFile(path: temporary + "/" + name)
                try file.write(bytes)
                try file.commit()
            }
            try SafetensorsWriter.write(tensors, metadata: ["format": "tandem"], to: temporary + "/model.safetensors")
            if !contents.extras.isEmpty {
                let networks = try encodedExtras(contents.extras, path: path)
                try SafetensorsWriter.write(
                    networks, metadata: ["format": "tandem"], to: temporary + "/" + Self.policiesFile)
            }
            try write("config.json", config)
            for (name, value) in documents(of: contents) {
                try write(name + ".json", Array((value.document + "\n").utf8))
            }
            try write("README.md", Array(ModelCard(contents, byteCount: byteCount(of: tensors)).text.utf8))
            try swap.commit()
        } catch let error as CocoaError {
            swap.abandon()
            throw CheckpointError(
                file: path, problem: "the folder cannot be written: \(error.localizedDescription)",
                remedy: "See to rights and room, or choose another place.")
        } catch {
            swap.abandon()
            throw error
        }
    }

    /// Ends what a process that was killed while it wrote a bundle to `folder` has left: a bundle that was whole takes its
    /// place, anything else is removed. Nothing happens where nothing was interrupted.
    ///
    /// Not while another process writes there.
    public static func finishWriting(at folder: String) { FolderSwap.finish(at: folder) }

    /// Throws if something other than a bundle or an empty folder is at `path`.
    private static func requireFree(_ path: String) throws {
        guard FileManager.default.fileExists(atPath: path), !isBundle(path) else { return }
        if let names = try? FileManager.default.contentsOfDirectory(atPath: path), names.isEmpty { return }
        throw CheckpointError(
            file: path, problem: "something else than a bundle is there", remedy: "Choose another name for the bundle.")
    }

    static func documents(of contents: BundleContents) -> [(name: String, value: JSONValue)] {
        [("training", contents.record), ("evaluation", contents.evaluation), ("calibration", contents.calibration)]
            .compactMap { name, value in value.map { (name, $0) } }
    }

    static func byteCount(of tensors: [SafetensorsTensor]) -> Int { tensors.reduce(0) { $0 + $1.bytes.count } }

    private static func tensors(of contents: BundleContents, path: String) throws -> [SafetensorsTensor] {
        var tensors = try contents.configuration.draftTokens.map { [try draftTensor($0)] } ?? []
        for weight in try encodedWeights(of: contents, path: path) { tensors += try BundleTensors.tensors(of: weight) }
        return tensors
    }

    /// All weights that are stored, encoded, under their names.
    static func encodedWeights(of contents: BundleContents, path: String) throws -> [TensorData] {
        try contents.configuration.parameters.filter { !$0.isFrozen }.map { shape in
            let name = shape.parameter.fileName
            guard let matrix = contents.weights[shape.parameter], matrix.rows == shape.rows,
                matrix.columns == shape.columns
            else {
                let found = contents.weights[shape.parameter].map { "is \($0.rows) × \($0.columns)" } ?? "is missing"
                throw CheckpointError(
                    file: path, place: .tensor(name),
                    problem: "the weight \(found), where \(shape.rows) × \(shape.columns) is needed",
                    remedy: "Give the weights that belong to the configuration.")
            }
            return try encode(matrix, name: name, as: contents.storage.format(of: shape), path: path)
        }
    }

    static func encodedExtras(_ extras: [String: Matrix], path: String) throws -> [TensorData] {
        try extras.sorted { $0.key < $1.key }.map { name, matrix in
            guard BundleContents.isExtra(name) else {
                throw CheckpointError(
                    file: path, place: .tensor(name), problem: "nothing is stored under such a name",
                    remedy: "Names begin with one of \(BundleContents.extraPrefixes.joined(separator: ", ")).")
            }
            return try encode(matrix, name: name, as: .float32, path: path)
        }
    }

    private static func encode(
        _ matrix: Matrix, name: String, as format: TensorFormat, path: String
    ) throws -> TensorData {
        func failure(_ problem: String) -> CheckpointError {
            CheckpointError(
                file: path, place: .tensor(name), problem: problem,
                remedy: "Go back to a checkpoint from before the training went astray.")
        }
        let numbers = matrix.values
        guard numbers.allSatisfy(\.isFinite) else { throw failure("the weight holds a number that is not finite") }
        do {
            return try Quantizer.encode(numbers, name: name, shape: [matrix.rows, matrix.columns], as: format)
        } catch { throw failure("the weight cannot be stored: \(error)") }
    }
}

extension BundleConfiguration {
    init(_ contents: BundleContents) {
        self.init(
            configuration: contents.configuration, storage: contents.storage, large: contents.large,
            tokenizerFingerprint: contents.tokenizerFingerprint, speculativeTokenCount: contents.speculativeTokenCount,
            hasPolicies: !contents.extras.isEmpty)
    }
}
