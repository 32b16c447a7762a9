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
        var lines = [
            "---", "library_name: tandem", "base_model: \(Self.plain(large.source ?? large.name))",
            "tags: [speculative-decoding, tandem-transformers]", "---", "", "# \(Self.plain(contents.name))", "",
            "A small model that drafts for **\(Self.plain(large.name))** (\(large.quantization), \(large.layerCount) "
                + "layers of \(large.width)). It reads the large model's hidden states; the large model checks every token "
                + "that it drafts, so answers are those of the large model alone, only sooner.", "",
            "It works with exactly these weights of the large model: fingerprint `\(large.fingerprint)`.", "",
            "    tandem generate \(Self.plain(large.source ?? large.name)) --tandem . --prompt 'Hello.'", "",
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
