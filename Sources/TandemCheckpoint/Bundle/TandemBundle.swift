import Foundation
public import TandemJSON
import TandemMath
public import TandemModels

/// A trained small model, with all that says which large model it belongs to and how it came about.
///
/// A folder, in the manner of Hugging Face's:
///
///     config.json           shape, layer map, large model, tokenizer: as vllm-project's speculators call things
///     model.safetensors     weights, the draft vocabulary's tokens (d2t)
///     policies.safetensors  networks of policies (router.*, judge.*); if some were trained
///     training.json         how it was trained; if it is known
///     evaluation.json       what was measured; if it was
///     calibration.json      what policies of drafting need; if it was measured
///     README.md             a model card
///
/// or one GGUF file with the same in it. Both are read strictly.
///
///     let bundle = try TandemBundle(path: "smollm2-tandem")
///     let small = try bundle.smallModel(for: large, form: .packed(.q8_0), pool: pool)
public struct TandemBundle: Sendable {
    /// The folder or file, as the caller named it.
    public let path: String
    /// Shape, layer map, draft vocabulary, last state.
    public let configuration: TandemConfiguration
    /// How its matrices are stored.
    public let storage: BundleStorage
    /// Which large model it is for.
    public let large: LargeModelIdentity
    /// The fingerprint of that model's tokenizer, if it is known.
    public let tokenizerFingerprint: String?
    /// How many tokens programs shall draft that have no policy of their own.
    public let speculativeTokenCount: Int
    /// How the training came about.
    public let record: JSONValue?
    /// What an evaluation found.
    public let evaluation: JSONValue?
    /// What policies of drafting need to know; without what was measured with networks that are not there.
    public let calibration: JSONValue?
    /// Bytes of weights.
    public let byteCount: Int
    let weights: [SmallParameter: TensorData]
    let extras: [String: TensorData]

    /// Whether a bundle seems to be at `path`: a folder whose `config.json` says so, or a GGUF file of this kind.
    public static func isBundle(_ path: String) -> Bool {
        guard FileManager.default.fileExists(atPath: path) else { return false }
        if isFolder(path) {
            guard let json = try? JSONObject(path: path + "/config.json") else { return false }
            return (try? json.string("speculators_model_type")) == "tandem"
        }
        guard let file = try? GGUFFile(path: path) else { return false }
        return (try? file.metadata.string(ifPresent: "general.architecture")) == BundleGGUF.architecture
    }

    /// Opens the bundle at `path` and checks everything that it says.
    ///
    /// - Throws: ``CheckpointError``, or `MappedFileError` if a file cannot be opened.
    public init(path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else {
            throw CheckpointError(
                file: path, problem: "there is no such file or directory",
                remedy: "Give the folder of a bundle, or a bundle in one GGUF file.")
        }
        if Self.isFolder(path) { try self.init(folder: path) } else { try self.init(gguf: GGUFFile(path: path)) }
    }

    private static func isFolder(_ path: String) -> Bool {
        let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
        return (try? url.resourceValues(forKeys: [.isDirectoryKey]).isDirectory) ?? false
    }

    private init(folder: String) throws {
        let weightsPath = folder + "/model.safetensors"
        let json = try JSONObject(path: folder + "/config.json")
        let file = try SafetensorsFile(path: weightsPath, takesIntegers: true)
        var entries = Dictionary(uniqueKeysWithValues: file.entries.map { ($0.name, $0) })
        let draftTokens = try entries.removeValue(forKey: Self.draftTensor).map {
            try Self.draftTokens($0, file: weightsPath)
        }
        let description = try BundleConfiguration(json, draftTokens: draftTokens)
        var weights: [SmallParameter: TensorData] = [:]
        for shape in description.configuration.parameters where !shape.isFrozen {
            let name = shape.parameter.fileName
            guard let codes = entries.removeValue(forKey: name) else {
                throw CheckpointError(
                    file: weightsPath, place: .tensor(name), problem: "the tensor is missing", remedy: Remedy.damaged)
            }
            weights[shape.parameter] = try BundleTensors.weight(
                codes, scales: entries.removeValue(forKey: name + BundleTensors.scalesSuffix), rows: shape.rows,
                columns: shape.columns, file: weightsPath)
        }
        if let name = entries.keys.min() { throw Self.unexpected(name, in: weightsPath) }
        let policies = description.hasPolicies ? try Self.policies(in: folder) : nil
        try self.init(
            path: folder, description, weights: weights, extras: policies?.networks ?? [:],
            byteCount: file.byteCount + (policies?.byteCount ?? 0),
            record: Self.json(folder, "training"), evaluation: Self.json(folder, "evaluation"),
            calibration: Self.json(folder, "calibration"))
    }

    init(
        path: String, _ description: BundleConfiguration, weights: [SmallParameter: TensorData],
        extras: [String: TensorData], byteCount: Int, record: JSONValue?, evaluation: JSONValue?,
        calibration: JSONValue?
    ) throws {
        guard description.hasPolicies == !extras.isEmpty else {
            throw CheckpointError(
                file: path, place: .key("tandem.has_policies"),
                problem: extras.isEmpty ? "there are no networks of policies" : "there are networks nevertheless",
                remedy: Remedy.damaged)
        }
        self.path = path
        configuration = description.configuration
        storage = description.storage
        large = description.large
        tokenizerFingerprint = description.tokenizerFingerprint
        speculativeTokenCount = description.speculativeTokenCount
        self.weights = weights
        self.extras = extras
        self.byteCount = byteCount
        self.record = record
        self.evaluation = evaluation
        self.calibration = NetworkCalibration.valid(calibration, for: Array(extras.values))
    }

    static func unexpected(_ name: String, in file: String) -> CheckpointError {
        CheckpointError(
            file: file, place: .tensor(name), problem: "the configuration has no place for this tensor",
            remedy: Remedy.damaged)
    }

    private static func json(_ folder: String, _ name: String) throws -> JSONValue? {
        let path = folder + "/\(name).json"
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        return try Self.json(MappedFile(path: path).bytes.array, file: path)
    }

    static func json(_ bytes: [UInt8], file: String) throws -> JSONValue {
        do { return try JSONValue(parsing: bytes) } catch {
            throw CheckpointError(
                file: file, place: .byte(error.offset), problem: "the JSON text is not valid: \(error)",
                remedy: Remedy.damaged)
        }
    }

    /// What everything is, as the file's configuration says it.
    var description: BundleConfiguration {
        BundleConfiguration(
            configuration: configuration, storage: storage, large: large, tokenizerFingerprint: tokenizerFingerprint,
            speculativeTokenCount: speculativeTokenCount, hasPolicies: !extras.isEmpty)
    }
}

/// The draft vocabulary, as speculators store it: for each row how far its token lies behind the row's own number.
extension TandemBundle {
    static let draftTensor = "d2t"

    static func draftTensor(_ tokens: [Int]) throws -> SafetensorsTensor {
        let bytes = tokens.enumerated().flatMap { littleEndianBytes(Int64($1 - $0)) }
        return try SafetensorsTensor(
            name: draftTensor, type: .int64, shape: [tokens.count], bytes: MappedBytes(bytes))
    }

    private static func draftTokens(_ tensor: SafetensorsTensor, file: String) throws -> [Int] {
        guard tensor.type == .int64, tensor.shape.count == 1, tensor.shape[0] <= 1 << 22,
            let offsets: [Int64] = tensor.bytes.integers(at: 0, count: tensor.shape[0])
        else {
            throw CheckpointError(
                file: file, place: .tensor(tensor.name), problem: "it is no list of at most 2^22 whole numbers in I64",
                remedy: Remedy.damaged)
        }
        // Whether the tokens are those of a vocabulary is for the configuration to say; sums must not trap on the way.
        return offsets.enumerated().map { row, offset in
            let (token, overflow) = row.addingReportingOverflow(Int(offset))
            return overflow ? -1 : token
        }
    }
}
