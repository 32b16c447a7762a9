/// A model argument of a command, turned into something to load.
public enum ModelLocation: Sendable, Equatable {
    /// A GGUF file.
    case gguf(path: String)
    /// A directory with `config.json`, weights and tokenizer.
    case directory(path: String)

    /// The file or directory.
    public var path: String {
        switch self {
        case .gguf(let path), .directory(let path): path
        }
    }
}

extension ModelStore {
    /// Finds what `argument` means: the name or `hf:…` source of a pulled model, a GGUF file, or a directory with
    /// `config.json` or one GGUF file in it.
    ///
    /// A pulled name comes first; write `./name` for a file of the same name.
    ///
    /// - Throws: ``HubError/unknownModel(_:pulled:offered:suggestion:)`` or ``HubError/noModel(path:reason:)``.
    public func locate(_ argument: String, catalogue: Catalogue = .standard) throws -> ModelLocation {
        if let name = try? ModelName(argument.lowercased()), let manifest = try model(name) {
            return try location(of: manifest)
        }
        if let source = try? ModelSource(argument), source.isRemote,
            let manifest = contents().models.first(where: { $0.source == source.description })
        {
            return try location(of: manifest)
        }
        if FileSystem.exists(argument) {
            return try Self.location(ofPath: argument)
        }
        // Something with a slash was meant as a path, unless it is a source that was not pulled yet.
        if (try? ModelSource(argument))?.isRemote == true {
            throw HubError.noModel(path: argument, reason: "was not pulled yet; run 'tandem pull \(argument)' first")
        }
        if argument.contains("/") || argument.lowercased().hasSuffix(".gguf") {
            throw HubError.noModel(path: argument, reason: "does not exist")
        }
        if catalogue.entries.contains(where: { $0.name.description == argument.lowercased() }) {
            throw HubError.noModel(
                path: argument, reason: "was not pulled yet; run 'tandem pull \(argument.lowercased())' first")
        }
        throw unknown(argument, offered: catalogue.entries.map(\.name.description))
    }

    private func location(of manifest: ModelManifest) throws -> ModelLocation {
        let folder = modelsPath + "/" + manifest.name
        // Sizes are looked at, contents are not: `tandem models verify` does that.
        for file in manifest.files {
            guard FileSystem.byteCount(folder + "/" + file.name) == file.byteCount else {
                throw HubError.noModel(
                    path: folder + "/" + file.name,
                    reason: "is missing or has another length than when it was pulled; "
                        + "run 'tandem pull --force \(manifest.source)'")
            }
        }
        return manifest.model == nil ? .directory(path: folder) : .gguf(path: path(of: manifest))
    }

    private static func location(ofPath path: String) throws -> ModelLocation {
        guard FileSystem.isDirectory(path) else { return .gguf(path: path) }
        if FileSystem.exists(path + "/config.json") { return .directory(path: path) }
        let files = FileSystem.names(in: path).filter { $0.hasSuffix(".gguf") }
        guard files.count == 1, let file = files.first else {
            throw HubError.noModel(
                path: path,
                reason: files.isEmpty
                    ? "is a directory without config.json and without a GGUF file"
                    : "is a directory with \(files.count) GGUF files, such as \(files[0]); name one of them")
        }
        return .gguf(path: (path.hasSuffix("/") ? path : path + "/") + file)
    }
}
