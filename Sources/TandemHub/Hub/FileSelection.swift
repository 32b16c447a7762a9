/// Which files of a repository make a model that can be run.
struct FileSelection: Sendable, Equatable {
    /// What to fetch, small files first.
    var files: [RepositoryListing.File]
    /// The GGUF file among them, or `nil` for a Hugging Face directory.
    var gguf: String?

    /// Chooses from `listing`: the file asked for; or `config.json` with weights and tokenizer; or the only GGUF file.
    init(_ listing: RepositoryListing, file: String?, repository: HubRepository) throws {
        let origin = "hf:\(repository.path)"
        if let file {
            self = try Self.one(file, of: listing, origin: origin)
        } else if let directory = try Self.directory(listing, origin: origin) {
            self = directory
        } else {
            self = try Self.onlyGGUF(listing, origin: origin)
        }
    }

    private init(files: [RepositoryListing.File], gguf: String?) {
        self.files = files
        self.gguf = gguf
    }

    private static func one(_ path: String, of listing: RepositoryListing, origin: String) throws -> FileSelection {
        guard let file = listing.files.first(where: { $0.path == path }) else {
            let ggufs = listing.files.map(\.path).filter(isGGUF)
            let near = NearNames.near(path, among: ggufs)
            throw HubError.noSuchFile(path, repository: origin, near: near.isEmpty ? Array(ggufs.prefix(20)) : near)
        }
        guard isGGUF(path) else {
            throw HubError.unusableRepository(
                "\(origin)/\(path)", reason: "is not a GGUF file; leave out the file's name to fetch the whole model")
        }
        return try single(file, origin: origin)
    }

    private static func single(_ file: RepositoryListing.File, origin: String) throws -> FileSelection {
        guard file.path.firstMatch(of: /-\d{5,}-of-\d{5,}\.gguf$/.ignoresCase()) == nil else {
            throw HubError.unusableRepository(
                "\(origin)/\(file.path)",
                reason: "is a part of a model that was split, which is not supported; choose one that is a single file")
        }
        return FileSelection(
            files: [file], gguf: try SafeFileName.lastComponent(ofPath: file.path, origin: origin))
    }

    private static func onlyGGUF(_ listing: RepositoryListing, origin: String) throws -> FileSelection {
        let ggufs = listing.files.filter { isGGUF($0.path) }
        if ggufs.count == 1 { return try single(ggufs[0], origin: origin) }
        if ggufs.isEmpty {
            throw HubError.unusableRepository(
                origin, reason: "holds neither a GGUF file nor config.json with safetensors weights and tokenizer.json")
        }
        let choices = ggufs.prefix(40).map { file in
            "\n  \(origin)/\(file.path)" + (file.byteCount.map { " (\(($0 + 500_000) / 1_000_000) MB)" } ?? "")
        }
        throw HubError.unusableRepository(
            origin, reason: "holds \(ggufs.count) GGUF files; say which one:\(choices.joined())\nThere are no others")
    }

    /// Files that the loader reads, or that say how the model wants to be used, and by whom it may be.
    private static let companions = [
        "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
        "added_tokens.json", "README.md", "chat_template.jinja", "chat_template.json", "tokenizer.model", "vocab.json",
        "merges.txt",
    ]

    private static func directory(_ listing: RepositoryListing, origin: String) throws -> FileSelection? {
        let byPath = Dictionary(listing.files.map { ($0.path, $0) }) { first, _ in first }
        let isShard = { (path: String) in path.firstMatch(of: /^model-\d{5,}-of-\d{5,}\.safetensors$/) != nil }
        var weights = ["model.safetensors"].compactMap { byPath[$0] }
        if weights.isEmpty, let index = byPath["model.safetensors.index.json"] {
            let shards = listing.files.filter { isShard($0.path) }.sorted { $0.path < $1.path }
            weights = shards.isEmpty ? [] : [index] + shards
        }
        guard byPath["config.json"] != nil, !weights.isEmpty else { return nil }
        guard byPath["tokenizer.json"] != nil else {
            throw HubError.unusableRepository(
                origin, reason: "has weights but no tokenizer.json, so no text can be read; look for a converted copy")
        }
        return FileSelection(files: companions.compactMap { byPath[$0] } + weights, gguf: nil)
    }

    private static func isGGUF(_ path: String) -> Bool { path.lowercased().hasSuffix(".gguf") }
}
