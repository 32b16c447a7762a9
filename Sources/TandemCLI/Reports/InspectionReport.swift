import Tandem
import TandemCheckpoint
import TandemMath
import TandemModels
import TandemText

/// All that `inspect` finds out about a model, for people and for programs.
struct InspectionReport: Encodable {
    struct Format: Encodable {
        var format: String
        var tensors: Int
        var parameters: Int
        var bytes: Int
    }

    struct Tensor: Encodable {
        var name: String
        var format: String
        var shape: [Int]
        var bytes: Int
    }

    struct SpecialToken: Encodable {
        var id: Int
        var text: String
    }

    struct TokenizerSummary: Encodable {
        var kind: String
        var tokens: Int
        var beginsTexts: Bool
        var beginningOfText: SpecialToken?
        var endOfText: [SpecialToken]
        var special: [SpecialToken]
        var fingerprint: String

        enum CodingKeys: String, CodingKey {
            case kind, tokens, special, fingerprint
            case beginsTexts = "adds_beginning_of_text"
            case beginningOfText = "beginning_of_text"
            case endOfText = "end_of_text"
        }
    }

    var path: String
    var name: String
    /// `GGUF 3`, `Hugging Face directory`.
    var container: String
    /// As the hub names it, if the files say.
    var license: String?
    /// What the makers call it, if the hub has no name for it.
    var licenseName: String?
    var bytes: Int
    /// `nil` if the model cannot be run.
    var configuration: TransformerConfiguration?
    var parameters: Int
    var formats: [Format]
    var memory: MemoryEstimate?
    var tokenizer: TokenizerSummary?
    var hasChatTemplate: Bool
    /// Whether `generate` would work; `warnings` say why not.
    var isRunnable: Bool
    var warnings: [String] = []
    /// For `--tensors`.
    var tensors: [Tensor]?
    /// For `--metadata`: what is shown on one line for each key.
    var metadata: [String: String]?
    /// The keys in the file's order; a JSON object has none.
    var metadataKeys: [String] = []

    enum CodingKeys: String, CodingKey {
        case path, name, container, license, bytes, configuration, parameters, formats, memory, tokenizer, warnings
        case tensors, metadata
        case licenseName = "license_name"
        case hasChatTemplate = "has_chat_template"
        case isRunnable = "runnable"
    }
}

extension InspectionReport {
    /// Looks at the model at `path`.
    ///
    /// A GGUF file whose contents can be read but not run is described as far as it goes, with the reason as a warning.
    ///
    /// - Throws: What the readers throw if nothing can be made of the files.
    init(path: String, context: Int?) throws {
        do {
            try self.init(CheckpointReader.open(path), context: context)
        } catch {
            // Only a file that is a whole GGUF file can be described without being understood.
            guard let file = try? GGUFFile(path: path) else { throw error }
            self.init(file: file, reason: "\(error)")
        }
    }

    private init(_ checkpoint: any ModelCheckpoint, context: Int?) throws {
        let configuration = checkpoint.configuration
        path = checkpoint.path
        name = checkpoint.displayName
        let file = (checkpoint as? GGUFModel)?.file
        container = file.map { "GGUF \($0.version)" } ?? "Hugging Face directory"
        license = checkpoint.license
        licenseName = checkpoint.licenseName
        bytes = checkpoint.byteCount
        self.configuration = configuration
        let all = try file?.tensors ?? configuration.parameters.map { try checkpoint.tensor($0.path) }
        formats = Self.formats(of: all)
        parameters = formats.reduce(0) { $0 + $1.parameters }
        tensors = all.map(Self.describe)
        memory = try MemoryEstimate(checkpoint, context: min(configuration.contextLength, context ?? 4096))
        hasChatTemplate = checkpoint.chatTemplate != nil
        isRunnable = true
        describeMetadata(file)
        describeTokenizer(checkpoint)
        if let text = checkpoint.chatTemplate {
            do { _ = try ChatTemplate(text) } catch { warnings.append("The chat template cannot be used: \(error)") }
        } else {
            warnings.append("There is no chat template: 'chat' needs one; 'generate --raw' continues texts.")
        }
        if let context, context > configuration.contextLength {
            warnings.append(
                "The model was made for \(configuration.contextLength) positions; --context \(context) gives no more than those."
            )
        }
        if !checkpoint.unexpectedTensors.isEmpty {
            let names = checkpoint.unexpectedTensors
            let shown = names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", …" : "")
            warnings.append("\(names.count) tensors are not used: \(shown)")
        }
    }

    private init(file: GGUFFile, reason: String) {
        path = file.path
        name = ((try? file.metadata.string(ifPresent: "general.name")) ?? nil) ?? file.path
        container = "GGUF \(file.version)"
        license = try? file.metadata.string(ifPresent: "general.license")
        licenseName = try? file.metadata.string(ifPresent: "general.license.name")
        bytes = file.byteCount
        formats = Self.formats(of: file.tensors)
        parameters = formats.reduce(0) { $0 + $1.parameters }
        tensors = file.tensors.map(Self.describe)
        hasChatTemplate = file.metadata.contains("tokenizer.chat_template")
        isRunnable = false
        warnings = ["This model cannot be run. \(reason)"]
        describeMetadata(file)
    }

    private mutating func describeMetadata(_ file: GGUFFile?) {
        guard let file else { return }
        metadataKeys = file.metadata.keys
        metadata = Dictionary(uniqueKeysWithValues: metadataKeys.map { ($0, file.metadata.summary(of: $0) ?? "") })
    }

    private mutating func describeTokenizer(_ checkpoint: any ModelCheckpoint) {
        do {
            let tokenizer = BytePairTokenizer(try TokenizerDefinition(of: checkpoint))
            func token(_ id: Int) -> SpecialToken { SpecialToken(id: id, text: tokenizer.piece(of: id)) }
            let kind =
                switch tokenizer.definition.model {
                case .byteLevel(let rules): "byte-level BPE, words as \(rules.preTokenizer)"
                case .sentencePiece: "SentencePiece-style BPE"
                }
            let ends = tokenizer.endOfText.union(checkpoint.generationDefaults.endTokens).sorted()
            self.tokenizer = TokenizerSummary(
                kind: kind, tokens: tokenizer.vocabularyCount, beginsTexts: tokenizer.addsBeginningOfText,
                beginningOfText: tokenizer.beginningOfText.map(token), endOfText: ends.map(token),
                special: tokenizer.definition.addedTokens.filter(\.isSpecial).map { token($0.id) },
                fingerprint: tokenizer.fingerprint)
        } catch {
            isRunnable = false
            warnings.append("Text cannot be encoded. \(error)")
        }
    }

    private static func describe(_ tensor: TensorData) -> Tensor {
        Tensor(name: tensor.name, format: tensor.format.rawValue, shape: tensor.shape, bytes: tensor.bytes.count)
    }

    private static func formats(of tensors: [TensorData]) -> [Format] {
        Dictionary(grouping: tensors, by: \.format).map { format, tensors in
            Format(
                format: format.rawValue, tensors: tensors.count,
                parameters: tensors.reduce(0) { $0 + $1.rows * $1.columns },
                bytes: tensors.reduce(0) { $0 + $1.bytes.count })
        }.sorted { ($0.bytes, $1.format) > ($1.bytes, $0.format) }
    }
}
