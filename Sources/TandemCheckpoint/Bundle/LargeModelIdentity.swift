import TandemMath
public import TandemModels

/// Which large model a small one was trained for.
public struct LargeModelIdentity: Sendable, Equatable {
    /// What people call it.
    public var name: String
    /// Where it may be had: a path or a name on the hub, if it is known.
    public var source: String?
    /// `LargeModel.fingerprint`: what is compared at load.
    public var fingerprint: String
    /// ``contentHash(of:)`` of its weights, if it was taken.
    public var contentHash: String?
    /// The format of most of its weights, for example `Q4_1`.
    public var quantization: String
    /// The licence that it is given under, if its files say.
    public var license: String?
    /// Its architecture.
    public var architecture: Architecture
    /// Its channels.
    public var width: Int
    /// Its layers.
    public var layerCount: Int
    /// Its tokens.
    public var vocabularyCount: Int

    /// An identity of these parts.
    public init(
        name: String, source: String? = nil, fingerprint: String, contentHash: String? = nil, quantization: String,
        license: String? = nil, architecture: Architecture, width: Int, layerCount: Int, vocabularyCount: Int
    ) {
        self.name = name
        self.source = source
        self.fingerprint = fingerprint
        self.contentHash = contentHash
        self.quantization = quantization
        self.license = license
        self.architecture = architecture
        self.width = width
        self.layerCount = layerCount
        self.vocabularyCount = vocabularyCount
    }

    /// The identity of a model that was loaded from `checkpoint`. Reads all weights once, for their hash.
    ///
    /// - Throws: whatever the checkpoint throws.
    public init(of large: LargeModel, from checkpoint: any ModelCheckpoint) throws {
        var bytes: [String: Int] = [:]
        for (path, shape) in checkpoint.configuration.parameters where shape.count == 2 {
            let tensor = try checkpoint.tensor(path)
            bytes[tensor.format.rawValue, default: 0] += tensor.bytes.count
        }
        let most = bytes.max { ($0.value, $1.key) < ($1.value, $0.key) }
        self.init(
            large, name: checkpoint.displayName, quantization: most?.key ?? "F32",
            contentHash: try checkpoint.contentHash())
        license = checkpoint.license
    }

    /// The identity of a model that lies in memory.
    public init(_ large: LargeModel, name: String, quantization: String, contentHash: String? = nil) {
        let configuration = large.configuration
        self.init(
            name: name, fingerprint: large.fingerprint, contentHash: contentHash, quantization: quantization,
            architecture: configuration.architecture, width: configuration.width,
            layerCount: configuration.layerCount, vocabularyCount: configuration.vocabularyCount)
    }

    /// The model in a few words.
    public var summary: String {
        "\(quotedName) in \(quantization) (\(layerCount) layers of \(width), weights \(fingerprint.prefix(12))…)"
    }

    private var quotedName: String { name.isEmpty ? "a model without a name" : name }
}
