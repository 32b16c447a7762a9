import TandemModels

/// The `README.md` of a bundle: what it is for, how to use it, what was measured.
struct ModelCard {
    let contents: BundleContents
    let byteCount: Int

    init(_ contents: BundleContents, byteCount: Int) {
        self.contents = contents
        self.byteCount = byteCount
    }

    var text: String {
        let large = contents.large
        let small = contents.configuration.small
        let parameterCount = contents.configuration.parameters.filter { !$0.isFrozen }
            .reduce(0) { $0 + $1.rows * $1.columns }
        var lines = frontMatter
        lines += [
            "", "# \(title)", "",
            "A small model that drafts for **\(Self.plain(largeName))** (\(large.quantization), \(large.layerCount) "
                + "layers of \(large.width)). \(what)", "",
            "It works with exactly these weights of the large model: fingerprint `\(large.fingerprint)`.", "",
            "    tandem generate \(Self.plain(large.source ?? large.name)) \(option) --prompt 'Hello.'", "",
            "## Shape", "",
            "| | |", "|---|---|", "| layers | \(small.layerCount) of \(small.width) channels |",
            "| heads | \(small.headCount), \(small.keyValueHeadCount) for keys and values, \(small.headWidth) wide |",
            "| feed-forward | \(small.feedForwardWidth) |", "| memory | \(memory) |",
            "| embedding, head | \(embedding), \(contents.configuration.head == .own ? "own" : "the large model's rows") |",
            "| tokens that can be drafted | \(draftTokens) |",
            "| trained weights | \(parameterCount), stored as \(contents.storage.rawValue): \(byteCount) bytes |",
        ]
        if !contents.figures.isEmpty {
            lines += ["", "## Measured", ""] + Self.table(contents.figures)
        }
        var files: [String] = []
        if contents.record != nil { files.append("`training.json` says how it was trained") }
        if contents.evaluation != nil { files.append("`evaluation.json` has every measured number") }
        if contents.calibration != nil { files.append("`calibration.json` has what policies of drafting go by") }
        if !files.isEmpty { lines += ["", files.joined(separator: "; ") + "."] }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What the hub reads: nothing that is not known to be so.
    private var frontMatter: [String] {
        var lines = ["---", "library_name: tandem"]
        if let base = [contents.large.source, contents.large.name].compactMap({ $0.flatMap(Self.hubName) }).first {
            lines.append("base_model: \(base)")
        }
        if let license = contents.large.license, Self.isWord(license[...]) { lines.append("license: \(license)") }
        return lines + ["tags: [speculative-decoding, tandem-transformers]", "---"]
    }

    /// `OWNER/NAME` if that is what `text` is, perhaps behind `hf:`; nil for names of files and of the catalogue.
    private static func hubName(_ text: String) -> String? {
        let name = text.hasPrefix("hf:") ? text.dropFirst(3) : text[...]
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy(isWord), !name.hasSuffix(".gguf") else { return nil }
        return String(name)
    }

    /// Whether a text needs no quotes: letters, digits, and some signs between them.
    private static func isWord(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, first != UInt8(ascii: "."), first != UInt8(ascii: "-") else { return false }
        return text.unicodeScalars.allSatisfy {
            $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || "-_.".unicodeScalars.contains($0))
        }
    }

    /// What the large model was called by, if that was no file; files' own names for models are often their makers' notes.
    private var largeName: String {
        let large = contents.large
        guard let source = large.source, !source.isEmpty, !source.hasSuffix(".gguf") else { return large.name }
        return source
    }

    private var title: String {
        let name = contents.large.name
        return Self.plain(name.isEmpty ? contents.name : contents.name.replacing(name, with: largeName))
    }

    private var what: String {
        let check =
            "the large model checks every token that it drafts, so answers are those of the large model alone, only "
            + "sooner."
        return hasMemory
            ? "It reads the large model's hidden states; \(check)"
            : "It was trained without memory and reads the text alone; \(check)"
    }

    /// How it is asked to draft.
    private var option: String { hasMemory ? "--tandem ." : "--draft independent:." }

    private var hasMemory: Bool { contents.configuration.memory != .none }

    private var memory: String {
        let configuration = contents.configuration
        let states = configuration.projections.map { $0.map(String.init).joined(separator: "+") }.joined(
            separator: ", ")
        let last = configuration.addsLastState ? "; the last state is added to the input" : ""
        switch configuration.memory {
        case .none: return "none: it knows nothing of the large model"
        case .perLayer: return "of hidden states \(states), a projection for each layer\(last)"
        case .fused: return "of hidden states \(states), one projection for all layers\(last)"
        }
    }

    private var embedding: String {
        switch contents.configuration.embedding {
        case .own: "own"
        case .large(projected: false): "the large model's"
        case .large(projected: true): "the large model's, projected"
        }
    }

    private var draftTokens: String {
        let all = contents.configuration.small.vocabularyCount
        return contents.configuration.draftTokens.map { "\($0.count) of \(all)" } ?? "all \(all)"
    }

    /// Text in a table or a title: no line breaks, no cell borders.
    static func plain(_ text: String) -> String {
        String(text.map { $0.isNewline ? " " : $0 == "|" ? "/" : $0 })
    }
}
