/// The models on this machine.
///
///     <root>/models/<name>/manifest.json      complete models only: a folder appears here in one step
///     <root>/models/<name>/<files>
///     <root>/downloads/<name>/                work in progress, kept so that it can go on; safe to delete
///     <root>/locks/<name>.lock                who is at work on which model
public struct ModelStore: Sendable, Equatable {
    /// The folder that holds everything.
    public let root: String

    /// The store at `root`, which need not exist yet.
    public init(root: String) {
        self.root = root
    }

    /// All complete models, by name; and those whose manifest cannot be read, which must not hide the others.
    public func contents() -> Contents {
        var contents = Contents()
        for name in FileSystem.names(in: modelsPath) where ModelName.isValid(name) {
            let path = modelsPath + "/" + name + "/" + ModelManifest.fileName
            guard FileSystem.exists(path) else { continue }
            do {
                contents.models.append(try ModelManifest.read(path: path))
            } catch {
                contents.damaged.append(Contents.Damaged(name: name, description: "\(error)"))
            }
        }
        return contents
    }

    /// What lies in a store.
    public struct Contents: Sendable, Equatable {
        /// A model that cannot be used.
        public struct Damaged: Sendable, Equatable, Encodable {
            /// The name of its folder.
            public var name: String
            /// What is wrong with it, and what to do.
            public var description: String
        }

        /// Complete models, by name.
        public var models: [ModelManifest] = []
        /// The others, by name.
        public var damaged: [Damaged] = []
    }

    /// The model called `name`, if there is one.
    ///
    /// - Throws: ``HubError/fileFailure(path:reason:)`` for a manifest that cannot be read.
    public func model(_ name: ModelName) throws -> ModelManifest? {
        let path = folder(of: name) + "/" + ModelManifest.fileName
        return FileSystem.exists(path) ? try ModelManifest.read(path: path) : nil
    }

    /// What to load for a model: its GGUF file, or its folder.
    public func path(of manifest: ModelManifest) -> String {
        let folder = modelsPath + "/" + manifest.name
        return manifest.model.map { folder + "/" + $0 } ?? folder
    }

    /// Deletes a model and whatever is left of unfinished downloads of it.
    ///
    /// - Throws: ``HubError/unknownModel(_:pulled:offered:suggestion:)`` if there is neither.
    /// - Returns: the number of bytes that were freed.
    public func remove(_ name: ModelName) throws -> Int {
        try FileSystem.makeDirectory(locksPath)
        guard let lock = try StoreLock(path: lockPath(of: name)) else {
            throw HubError.fileFailure(
                path: folder(of: name), reason: "another process is pulling it right now; wait, or stop that one")
        }
        return try withExtendedLifetime(lock) {
            let paths = [folder(of: name), stagingPath(of: name), retiredPath(of: name)].filter(FileSystem.exists)
            guard !paths.isEmpty else { throw unknown(name.description, offered: []) }
            let freed = paths.reduce(0) { $0 + FileSystem.totalByteCount(below: $1) }
            if FileSystem.exists(folder(of: name)) {
                // Out of sight in one step first: a deletion that is cut short must not leave half a model behind.
                try FileSystem.makeDirectory(root + "/downloads")
                try FileSystem.remove(retiredPath(of: name))
                try FileSystem.move(folder(of: name), to: retiredPath(of: name))
            }
            try FileSystem.remove(retiredPath(of: name))
            try FileSystem.remove(stagingPath(of: name))
            return freed
        }
    }

    /// The error for a name that leads nowhere.
    func unknown(_ name: String, offered: [String]) -> HubError {
        let pulled = contents().models.map(\.name)
        return .unknownModel(
            name, pulled: pulled, offered: offered.filter { !pulled.contains($0) },
            suggestion: NearNames.near(name, among: pulled + offered, limit: 1).first)
    }

    var modelsPath: String { root + "/models" }
    var locksPath: String { root + "/locks" }
    func folder(of name: ModelName) -> String { modelsPath + "/\(name)" }
    func lockPath(of name: ModelName) -> String { locksPath + "/\(name).lock" }
    func stagingPath(of name: ModelName) -> String { root + "/downloads/\(name)" }
    /// Where the old version of a model goes for the moment between two versions. `~` is in no model's name.
    func retiredPath(of name: ModelName) -> String { root + "/downloads/\(name)~old" }

    /// Makes a finished download the model of its name. Readers of the old version keep their open files.
    func publish(_ manifest: ModelManifest, from staging: String, as name: ModelName) throws {
        try manifest.write(path: staging + "/" + ModelManifest.fileName)
        try FileSystem.makeDirectory(modelsPath)
        if FileSystem.exists(folder(of: name)) {
            try FileSystem.remove(retiredPath(of: name))
            try FileSystem.move(folder(of: name), to: retiredPath(of: name))
        }
        try FileSystem.move(staging, to: folder(of: name))
        try FileSystem.remove(retiredPath(of: name))
    }

    /// Puts right what a process left that ended between the two moves of ``publish(_:from:as:)``.
    func recover(_ name: ModelName) throws {
        guard FileSystem.exists(retiredPath(of: name)) else { return }
        if FileSystem.exists(folder(of: name)) {
            try FileSystem.remove(retiredPath(of: name))
        } else {
            try FileSystem.makeDirectory(modelsPath)
            try FileSystem.move(retiredPath(of: name), to: folder(of: name))
        }
    }
}
