import Foundation
import TandemJSON

/// A model repository of the hub, at a revision.
public struct HubRepository: Sendable, Equatable {
    /// `OWNER/NAME`.
    public let path: String
    /// The last part of the path.
    public let name: String
    /// A branch, tag or commit; `nil` for the main branch.
    public let revision: String?

    /// Checks the parts.
    ///
    /// - Throws: ``HubError/invalidSource(_:reason:)``.
    public init(owner: String, name: String, revision: String? = nil) throws {
        let path = "\(owner)/\(name)"
        for part in [owner, name] {
            guard Self.isWord(part, allowing: "-_.") else {
                throw HubError.invalidSource("hf:\(path)", reason: "\(quoted(part)) is no owner's or repository's name")
            }
        }
        if let revision {
            guard Self.isWord(revision, allowing: "-_./") else {
                throw HubError.invalidSource("hf:\(path)", reason: "\(quoted(revision)) is no revision")
            }
        }
        self.path = path
        self.name = name
        self.revision = revision
    }

    private static func isWord(_ text: String, allowing others: String) -> Bool {
        guard let first = text.utf8.first, first != UInt8(ascii: "."), first != UInt8(ascii: "-"),
            !text.contains(".."), !text.contains("//"), text.utf8.count <= 200
        else { return false }
        return text.unicodeScalars.allSatisfy {
            $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || others.unicodeScalars.contains($0))
        }
    }

    /// The address that lists the files.
    func listingAddress(endpoint: URL) throws -> URL {
        try Self.address(
            endpoint, "api/models/\(path)" + (revision.map { "/revision/\(Self.escaped($0))" } ?? "") + "?blobs=true")
    }

    /// The address of one file.
    func fileAddress(endpoint: URL, file: String, commit: String?) throws -> URL {
        let components = file.split(separator: "/").map { Self.escaped(String($0)) }
        return try Self.address(
            endpoint,
            "\(path)/resolve/\(Self.escaped(commit ?? revision ?? "main"))/\(components.joined(separator: "/"))")
    }

    private static func address(_ endpoint: URL, _ path: String) throws -> URL {
        guard let url = URL(string: "\(endpoint.absoluteString)/\(path)") else {
            throw HubError.invalidSource("hf:\(path)", reason: "it makes no address")
        }
        return url
    }

    /// Everything but letters, digits and `-._~` as percent codes, the slash included.
    private static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            let isPlain =
                scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
                || "-._~".unicodeScalars.contains(scalar)
            return isPlain ? String(scalar) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}

extension URL {
    /// For messages and records: no query (signatures), no user.
    var presentable: String {
        guard var parts = URLComponents(url: self, resolvingAgainstBaseURL: true) else { return host ?? "the address" }
        (parts.query, parts.fragment, parts.user, parts.password) = (nil, nil, nil, nil)
        return parts.string ?? host ?? "the address"
    }

    /// Scheme, host and port: what a token is bound to.
    var origin: String {
        let scheme = scheme?.lowercased() ?? ""
        return "\(scheme)://\(host?.lowercased() ?? ""):\(port ?? (scheme == "https" ? 443 : 80))"
    }
}
