import Foundation

/// Fetches models into the store.
///
///     let hub = ModelHub(settings: try HubSettings(environment: environment, homeDirectory: home))
///     let model = try await hub.pull(ModelSource("smollm2-135m-instruct")) { event in … }
///     model.path    // the GGUF file
public struct ModelHub: Sendable {
    /// Where models are kept.
    public let store: ModelStore
    /// What can be had by a short name.
    public let catalogue: Catalogue
    let settings: HubSettings
    let policy: TransferPolicy
    let client = HTTPClient()

    /// A hub with the given settings.
    public init(
        settings: HubSettings, catalogue: Catalogue = .standard, policy: TransferPolicy = TransferPolicy()
    ) {
        self.settings = settings
        self.catalogue = catalogue
        self.policy = policy
        store = ModelStore(root: settings.root)
    }

    /// Fetches a model, or finds that it is there.
    ///
    /// Safe to be called by several processes at once, and to be killed: a model is in the store as a whole or not at
    /// all, and the next call goes on with the bytes that are there.
    ///
    /// - Parameters:
    ///   - source: what to fetch.
    ///   - name: the name to give it; otherwise made from the source.
    ///   - sha256: the checksum that a model of a single file must have; a model of several has none.
    ///   - isForced: fetch again what is there already.
    ///   - report: told what happens, from any thread.
    public func pull(
        _ source: ModelSource, name: ModelName? = nil, sha256: String? = nil, isForced: Bool = false,
        report: @escaping @Sendable (PullEvent) -> Void = { _ in }
    ) async throws -> PulledModel {
        let source = try source.resolved(endpoint: settings.endpoint)
        let name = try name ?? Self.defaultName(for: source)
        let sha256 = try sha256.map(Self.checkedSHA256)
        if case .catalogue(let entryName) = source {
            guard let entry = catalogue[entryName] else {
                throw store.unknown(entryName.description, offered: catalogue.entries.map(\.name.description))
            }
            if let sha256, sha256 != entry.sha256 {
                throw HubError.checksumMismatch(file: entry.file, expected: sha256, found: entry.sha256)
            }
        }
        for folder in [store.locksPath, store.root + "/downloads"] { try FileSystem.makeDirectory(folder) }
        let lock = try await StoreLock.acquire(path: store.lockPath(of: name)) { report(.waiting) }
        defer { withExtendedLifetime(lock) {} }
        try store.recover(name)
        if let present = try store.model(name) {
            guard present.source == source.description else {
                throw HubError.nameTaken(name.description, source: present.source)
            }
            let isWhole = (try? store.locate(name.description, catalogue: catalogue)) != nil
            let isWanted = sha256 == nil || present.files.map(\.sha256) == [sha256]
            if isWhole, isWanted, !isForced {
                return PulledModel(manifest: present, path: store.path(of: present), isNew: false, resumedFrom: 0)
            }
        }
        let job = PullJob(hub: self, name: name, source: source, sha256: sha256, report: report)
        return try await job.run()
    }

    private static func checkedSHA256(_ text: String) throws -> String {
        guard Checksum.isSHA256(text.lowercased()) else {
            throw HubError.invalidSetting(name: "The checksum", reason: "must be 64 hexadecimal digits")
        }
        return text.lowercased()
    }

    /// The name that a source's model gets unless another is asked for.
    static func defaultName(for source: ModelSource) throws -> ModelName {
        func withoutExtension(_ file: String) -> String {
            file.lowercased().hasSuffix(".gguf") ? String(file.dropLast(5)) : file
        }
        switch source {
        case .catalogue(let name): return name
        case .repository(let repository, let file):
            let last = file?.split(separator: "/").last.map(String.init)
            return try ModelName(derivedFrom: last.map(withoutExtension) ?? repository.name)
        case .address(let url): return try ModelName(derivedFrom: withoutExtension(url.lastPathComponent))
        }
    }
}

/// A model that is in the store now.
public struct PulledModel: Sendable, Equatable {
    /// What it consists of.
    public var manifest: ModelManifest
    /// What to load: the GGUF file, or the folder.
    public var path: String
    /// Whether anything had to be fetched.
    public var isNew: Bool
    /// How many bytes were there from an earlier run that was cut short.
    public var resumedFrom: Int
}
