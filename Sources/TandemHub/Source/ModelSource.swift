public import Foundation
import TandemJSON

/// Where a model is to be fetched from.
public enum ModelSource: Sendable, Equatable {
    /// An entry of the ``Catalogue``.
    case catalogue(ModelName)
    /// A repository of the hub: all that is needed to run it, or one GGUF file.
    case repository(HubRepository, file: String?)
    /// A GGUF file somewhere on the web.
    case address(URL)

    /// Reads `NAME`, `hf:OWNER/REPO[/FILE][@REVISION]` or a web address.
    ///
    /// The revision may also stand after the repository: `hf:OWNER/REPO@REVISION/FILE`.
    ///
    /// - Throws: ``HubError/invalidSource(_:reason:)``.
    public init(_ text: String) throws {
        if text.hasPrefix("hf:") {
            self = try Self.repository(text)
        } else if text.lowercased().hasPrefix("http://") || text.lowercased().hasPrefix("https://") {
            self = try Self.address(text)
        } else if let name = try? ModelName(text.lowercased()) {
            self = .catalogue(name)
        } else {
            throw HubError.invalidSource(text, reason: "it has no form that is known")
        }
    }

    /// Whether it says by itself where to go, without the catalogue.
    var isRemote: Bool {
        if case .catalogue = self { false } else { true }
    }

    /// The same source, but a page of the hub about a file means the file: people copy addresses from their browsers.
    func resolved(endpoint: URL) throws -> ModelSource {
        guard case .address(let url) = self, url.origin == endpoint.origin else { return self }
        let parts = url.path.split(separator: "/").map(String.init)
        guard parts.count >= 5, parts[2] == "blob" || parts[2] == "resolve" else { return self }
        let revision = parts[3] == "main" ? nil : parts[3]
        return .repository(
            try HubRepository(owner: parts[0], name: parts[1], revision: revision),
            file: parts[4...].joined(separator: "/"))
    }

    private static func repository(_ text: String) throws -> ModelSource {
        var rest = text.dropFirst(3)
        // `hf://…` is how other programs write it.
        while rest.first == "/" { rest = rest.dropFirst() }
        var revision: String?
        if let at = rest.lastIndex(of: "@") {
            let tail = rest[rest.index(after: at)...]
            let slashCount = rest[..<at].count { $0 == "/" }
            // After OWNER/REPO the revision ends at the next slash; after a file it goes to the end.
            let end = slashCount == 1 ? tail.firstIndex(of: "/") ?? tail.endIndex : tail.endIndex
            revision = String(tail[..<end])
            rest = rest[..<at] + tail[end...]
        }
        let parts = rest.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 2 else {
            throw HubError.invalidSource(text, reason: "OWNER/REPO is missing")
        }
        let file = parts.count > 2 ? parts.dropFirst(2).joined(separator: "/") : nil
        if let file {
            guard (try? SafeFileName.lastComponent(ofPath: file, origin: text)) != nil else {
                throw HubError.invalidSource(text, reason: "\(quoted(file)) is no file's path")
            }
        }
        return .repository(try HubRepository(owner: parts[0], name: parts[1], revision: revision), file: file)
    }

    private static func address(_ text: String) throws -> ModelSource {
        guard let url = URL(string: text), let host = url.host, !host.isEmpty else {
            throw HubError.invalidSource(text, reason: "it is no web address")
        }
        guard url.user == nil, url.password == nil else {
            throw HubError.invalidSource(text, reason: "names and passwords in addresses are not supported")
        }
        guard url.lastPathComponent.lowercased().hasSuffix(".gguf"), SafeFileName.isSafe(url.lastPathComponent) else {
            throw HubError.invalidSource(text, reason: "it does not end in the name of a GGUF file")
        }
        return .address(url)
    }
}

extension ModelSource: CustomStringConvertible {
    /// The text that leads to the same source; without the query of an address, which may hold a signature.
    public var description: String {
        switch self {
        case .catalogue(let name): name.description
        case .repository(let repository, let file):
            "hf:\(repository.path)" + (file.map { "/" + $0 } ?? "") + (repository.revision.map { "@" + $0 } ?? "")
        case .address(let url): url.presentable
        }
    }
}
