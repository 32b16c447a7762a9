import Foundation
import Synchronization
import TandemJSON

/// The files of a repository at one commit.
struct RepositoryListing: Sendable, Equatable {
    struct File: Sendable, Equatable {
        var path: String
        var byteCount: Int?
        var sha256: String?
    }

    /// The commit that the revision means now; files are asked for by it, so that all are of one version.
    var commit: String?
    var files: [File]
}

/// Asks the hub what a repository holds.
struct HubClient: Sendable {
    let client: HTTPClient
    let endpoint: URL
    let credential: Credential?
    var policy = TransferPolicy()

    /// Lists `repository`.
    func listing(
        of repository: HubRepository, report: @escaping @Sendable (PullEvent) -> Void
    ) async throws -> RepositoryListing {
        let address = try repository.listingAddress(endpoint: endpoint)
        var attempts = Attempts(policy: policy, address: address, report: report)
        while true {
            let collector = AnswerCollector(address: address, credential: credential, limit: 32 << 20)
            do {
                _ = try await client.follow(
                    address, fields: [:], credential: credential, consumer: collector, policy: policy)
                return try Self.parse(collector.bytes, address: address)
            } catch let failure as TransferFailure {
                try await attempts.pause(after: failure, keptCount: 0, reached: 0)
            }
        }
    }

    private static func parse(_ bytes: Data, address: URL) throws -> RepositoryListing {
        let malformed = HubError.malformedAnswer(
            address: address.presentable, reason: "it is not the list of a repository's files")
        guard let answer = try? JSONValue(parsing: [UInt8](bytes)), let siblings = answer["siblings"]?.elements else {
            throw malformed
        }
        let commit = answer["sha"]?.text.flatMap { $0.utf8.count == 40 && $0.allSatisfy(\.isHexDigit) ? $0 : nil }
        return RepositoryListing(
            commit: commit,
            files: try siblings.map { sibling in
                guard let path = sibling["rfilename"]?.text else { throw malformed }
                let byteCount = sibling["size"]?.integer
                if let byteCount, !FileLengths.arePossible([byteCount]) {
                    throw HubError.malformedAnswer(
                        address: address.presentable, reason: "it gives \(quoted(path)) a length of \(byteCount) bytes")
                }
                let sha256 = sibling["lfs"]?["sha256"]?.text?.lowercased()
                return RepositoryListing.File(
                    path: path, byteCount: byteCount,
                    sha256: sha256.flatMap { Checksum.isSHA256($0) ? $0 : nil })
            })
    }
}

/// Keeps a small answer in memory.
private final class AnswerCollector: FollowingConsumer {
    private let address: URL
    private let credential: Credential?
    private let limit: Int
    private let collected = Mutex(Data())

    init(address: URL, credential: Credential?, limit: Int) {
        self.address = address
        self.credential = credential
        self.limit = limit
    }

    var bytes: Data { collected.withLock { $0 } }

    func arrive(_ linked: LinkedFile) {}

    func begin(_ head: ResponseHead) throws {
        guard head.status == 200 else {
            throw ServerRefusal.error(for: head, address: address, credential: credential)
        }
    }

    func consume(_ bytes: Data) throws {
        try collected.withLock { collected in
            guard collected.count + bytes.count <= limit else {
                throw HubError.malformedAnswer(
                    address: address.presentable, reason: "the list is longer than \(limit) bytes")
            }
            collected.append(bytes)
        }
    }
}
