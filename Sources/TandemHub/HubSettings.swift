public import Foundation
import TandemJSON

/// Where models are kept and how the outside is reached: everything that the environment decides, as values.
public struct HubSettings: Sendable, Equatable {
    /// The store's folder.
    public var root: String
    /// The hub's address.
    public var endpoint: URL
    /// The token that is shown to the hub, and to no other host.
    public var token: String?
    /// The environment that helper programs (Python, for wheels) are started with.
    public var environment: [String: String]

    /// Settings from the environment.
    ///
    /// | variable | meaning |
    /// | --- | --- |
    /// | `TANDEM_HOME` | the store's folder, a relative one below the current; otherwise `tandem` in `XDG_CACHE_HOME`, or in the system's cache folder |
    /// | `HF_ENDPOINT` | address of the hub or a mirror of it |
    /// | `HF_TOKEN` | token for private and gated repositories |
    ///
    /// - Throws: ``HubError/invalidSetting(name:reason:)``.
    public init(
        environment: [String: String], homeDirectory: String,
        currentDirectory: String = FileManager.default.currentDirectoryPath
    ) throws {
        func value(_ name: String) -> String? {
            environment[name].flatMap { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.flatMap {
                $0.isEmpty ? nil : $0
            }
        }
        self.environment = environment
        root = Self.root(
            home: value("TANDEM_HOME"), cache: value("XDG_CACHE_HOME"), homeDirectory: homeDirectory,
            currentDirectory: currentDirectory)
        endpoint = try Self.endpoint(value("HF_ENDPOINT"))
        token = value("HF_TOKEN")
        if let token, !token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            throw HubError.invalidSetting(
                name: "HF_TOKEN", reason: "has characters that no token has; copy it again from the hub's settings")
        }
    }

    private static func root(
        home: String?, cache: String?, homeDirectory: String, currentDirectory: String
    ) -> String {
        if let home {
            if home.hasPrefix("~/") { return homeDirectory + home.dropFirst() }
            // Helper programs run in folders of their own, from where a relative path leads elsewhere.
            return home.hasPrefix("/") ? home : currentDirectory + "/" + home
        }
        // The XDG rules: a path that is not absolute is to be ignored.
        if let cache, cache.hasPrefix("/") { return cache + "/tandem" }
        #if os(macOS)
            return homeDirectory + "/Library/Caches/tandem"
        #else
            return homeDirectory + "/.cache/tandem"
        #endif
    }

    private static func endpoint(_ text: String?) throws -> URL {
        let text = text ?? "https://huggingface.co"
        let trimmed = text.hasSuffix("/") ? String(text.dropLast()) : text
        guard let url = URL(string: trimmed), let scheme = url.scheme, ["http", "https"].contains(scheme),
            let host = url.host, !host.isEmpty, url.query == nil, url.user == nil
        else {
            throw HubError.invalidSetting(
                name: "HF_ENDPOINT", reason: "is \(quoted(text)), but must be an address like https://hub.example.org")
        }
        return url
    }
}
