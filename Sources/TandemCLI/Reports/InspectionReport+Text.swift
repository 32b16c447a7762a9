import TandemJSON
import TandemModels

extension InspectionReport {
    /// What a person reads.
    func text(tensorList: Bool, metadataList: Bool) -> String {
        var sections = [summary, formatTable]
        if let memory { sections.append(Self.text(of: memory)) }
        if let tokenizer { sections.append(Self.text(of: tokenizer, hasChatTemplate: hasChatTemplate)) }
        if tensorList, let tensors { sections.append(Self.text(of: tensors)) }
        if metadataList, let metadata {
            var table = TextTable(alignments: [.left, .left])
            for key in metadataKeys { table.add(key, metadata[key] ?? "") }
            sections.append(metadataKeys.isEmpty ? "No metadata: this container has none.\n" : table.text)
        }
        if !warnings.isEmpty { sections.append(warnings.map { "! \($0)\n" }.joined()) }
        return sections.joined(separator: "\n")
    }

    private var summary: String {
        var table = TextTable(alignments: [.left, .left])
        table.add("model", name)
        table.add("files", "\(path) (\(container), \(Quantity.bytes.text(Double(bytes))))")
        if let license { table.add("license", Self.plain(license) + (licenseName.map { ": " + Self.plain($0) } ?? "")) }
        table.add("parameters", Quantity.counted("").text(Double(parameters)))
        if let configuration {
            table.add("architecture", configuration.architecture.rawValue + Self.particulars(of: configuration))
            table.add(
                "shape",
                "\(configuration.layerCount.counted("layer")) of width \(configuration.width), feed-forward "
                    + "\(configuration.feedForwardWidth), vocabulary \(configuration.vocabularyCount)"
                    + (configuration.tiesEmbedding ? " (tied)" : ""))
            table.add(
                "attention",
                "\(configuration.headCount) heads of \(configuration.headWidth), "
                    + "\(configuration.keyValueHeadCount) for keys and values")
            table.add(
                "context",
                "\(configuration.contextLength) positions, rotary base \(Self.text(configuration.rotaryBase))"
                    + Self.text(of: configuration.rotaryScaling))
        }
        return table.text
    }

    /// A file's text in a cell: in quotation marks if there is something in it that must not be shown as it is.
    private static func plain(_ text: String) -> String {
        let shown = quoted(text)
        return shown == "\"\(text)\"" ? text : shown
    }

    private var formatTable: String {
        var table = TextTable([("format", .left), ("tensors", .right), ("parameters", .right), ("size", .right)])
        for format in formats {
            table.add(
                format.format, "\(format.tensors)", Quantity.counted("").text(Double(format.parameters)),
                Quantity.bytes.text(Double(format.bytes)))
        }
        return table.text
    }

    private static func text(of memory: MemoryEstimate) -> String {
        var table = TextTable([("memory", .left), ("size", .right), ("", .left)])
        func add(_ name: String, _ bytes: Int, _ remark: String) {
            table.add(name, Quantity.bytes.text(Double(bytes)), remark)
        }
        add("weights", memory.weights, "packed for the kernels")
        add("cache", memory.cache, "for \(memory.context) positions (--context)")
        add("scratch", memory.scratch, "for passes of \(memory.rows) tokens")
        add("together", memory.total, "")
        return table.text
    }

    private static func text(of tokenizer: TokenizerSummary, hasChatTemplate: Bool) -> String {
        func list(_ tokens: [SpecialToken]) -> String { tokens.map { "\($0.text) (\($0.id))" }.joined(separator: ", ") }
        var table = TextTable(alignments: [.left, .left])
        table.add("tokenizer", "\(tokenizer.kind), \(tokenizer.tokens) tokens")
        if let beginning = tokenizer.beginningOfText {
            table.add("begins with", list([beginning]) + (tokenizer.beginsTexts ? "" : ", not put before texts"))
        }
        table.add("ends with", tokenizer.endOfText.isEmpty ? "nothing known" : list(tokenizer.endOfText))
        let special = tokenizer.special
        table.add(
            "special tokens",
            special.isEmpty
                ? "none" : "\(special.count): " + list(Array(special.prefix(8))) + (special.count > 8 ? ", …" : ""))
        table.add("chat template", hasChatTemplate ? "yes" : "no")
        return table.text
    }

    private static func text(of tensors: [Tensor]) -> String {
        var table = TextTable([("tensor", .left), ("format", .left), ("shape", .left), ("size", .right)])
        for tensor in tensors {
            table.add(
                tensor.name, tensor.format, tensor.shape.map(String.init).joined(separator: " × "),
                Quantity.bytes.text(Double(tensor.bytes)))
        }
        return table.text
    }

    private static func particulars(of configuration: TransformerConfiguration) -> String {
        (configuration.hasAttentionBias ? ", biases on queries, keys and values" : "")
            + (configuration.hasQueryKeyNorm ? ", norms on queries and keys" : "")
    }

    private static func text(of scaling: RotaryScaling) -> String {
        switch scaling {
        case .none: ""
        case .linear(let factor): ", stretched \(text(factor)) times"
        case .llama3(let factor, _, _, let original): ", stretched \(text(factor)) times from \(original) as in Llama 3"
        case .divisors: ", stretched by the file's own divisors"
        }
    }

    private static func text(_ number: Double) -> String {
        number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : String(number)
    }
}
