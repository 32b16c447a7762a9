import TandemCheckpoint
import TandemModels

/// All that `inspect` finds out about a bundle.
struct BundleReport: Encodable {
    struct Large: Encodable {
        var name: String
        var quantization: String
        var fingerprint: String
        var contentHash: String?
        var layers: Int
        var width: Int
        var vocabulary: Int

        enum CodingKeys: String, CodingKey {
            case name, quantization, fingerprint, layers, width, vocabulary
            case contentHash = "content_hash"
        }
    }

    var kind = "tandem bundle"
    var path: String
    var bytes: Int
    var storage: String
    var configuration: TransformerConfiguration
    var trainedParameters: Int
    var memory: String
    var embedding: String
    var head: String
    var draftTokens: Int
    var addsLastState: Bool
    var speculativeTokens: Int
    var large: Large
    var tokenizerFingerprint: String?
    var hasRecord: Bool
    var hasEvaluation: Bool
    var hasCalibration: Bool
    var policies: [String]

    enum CodingKeys: String, CodingKey {
        case kind, path, bytes, storage, configuration, memory, embedding, head, large, policies
        case trainedParameters = "trained_parameters"
        case draftTokens = "draft_tokens"
        case addsLastState = "adds_last_state"
        case speculativeTokens = "speculative_tokens"
        case tokenizerFingerprint = "tokenizer_fingerprint"
        case hasRecord = "has_record"
        case hasEvaluation = "has_evaluation"
        case hasCalibration = "has_calibration"
    }

    init(_ bundle: TandemBundle) {
        let configuration = bundle.configuration
        path = bundle.path
        bytes = bundle.byteCount
        storage = bundle.storage.rawValue
        self.configuration = configuration.small
        trainedParameters = configuration.parameters.filter { !$0.isFrozen }.reduce(0) { $0 + $1.rows * $1.columns }
        let states = configuration.projections.map { $0.map(String.init).joined(separator: "+") }
        memory =
            switch configuration.memory {
            case .none: "none"
            case .perLayer: "hidden states \(states.joined(separator: ", ")), one for each layer"
            case .fused: "hidden states \(states.joined(separator: ", ")), one projection for all layers"
            }
        embedding =
            switch configuration.embedding {
            case .own: "own"
            case .large(projected: false): "the large model's"
            case .large(projected: true): "the large model's, projected"
            }
        head = configuration.head == .own ? "own" : "the large model's rows"
        draftTokens = configuration.draftTokens?.count ?? configuration.small.vocabularyCount
        addsLastState = configuration.addsLastState
        speculativeTokens = bundle.speculativeTokenCount
        large = Large(
            name: bundle.large.name, quantization: bundle.large.quantization, fingerprint: bundle.large.fingerprint,
            contentHash: bundle.large.contentHash, layers: bundle.large.layerCount, width: bundle.large.width,
            vocabulary: bundle.large.vocabularyCount)
        tokenizerFingerprint = bundle.tokenizerFingerprint
        hasRecord = bundle.record != nil
        hasEvaluation = bundle.evaluation != nil
        hasCalibration = bundle.calibration != nil
        policies = bundle.policies
    }

    /// For people.
    var text: String {
        var table = TextTable(alignments: [.left, .left])
        table.add("bundle", path)
        table.add("for", "\(large.name) in \(large.quantization), \(large.layers.counted("layer")) of \(large.width)")
        table.add("weights of it", large.fingerprint)
        table.add(
            "small model",
            "\(configuration.layerCount.counted("layer")) of \(configuration.width), \(configuration.headCount)/"
                + "\(configuration.keyValueHeadCount) heads, feed-forward \(configuration.feedForwardWidth)")
        table.add("memory", memory + (addsLastState ? "; the last state is added" : ""))
        table.add("embedding", embedding)
        table.add("head", "\(head), \(draftTokens) of \(large.vocabulary) tokens")
        table.add("trained", "\(trainedParameters) weights, \(Quantity.bytes.text(Double(bytes))) in \(storage)")
        let kept = [("training record", hasRecord), ("evaluation", hasEvaluation), ("calibration", hasCalibration)]
        let names = (kept.filter(\.1).map(\.0) + policies).joined(separator: ", ")
        table.add("with", names.isEmpty ? "no record of its training" : names)
        return table.text
    }
}
