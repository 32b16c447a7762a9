import Foundation
import Synchronization

/// A token, and the only place where it may be shown.
struct Credential: Sendable {
    let token: String
    let origin: String

    init?(token: String?, endpoint: URL) {
        guard let token else { return nil }
        self.token = token
        origin = endpoint.origin
    }

    /// The header fields for a request to `address`: none if that is any other scheme, host or port.
    func fields(for address: URL) -> [String: String] {
        address.origin == origin ? ["Authorization": "Bearer \(token)"] : [:]
    }
}

/// A consumer that also learns what was said about the file on the way to it.
protocol FollowingConsumer: ResponseConsumer {
    func arrive(_ linked: LinkedFile) throws
}

extension HTTPClient {
    /// Like ``get(_:fields:consumer:policy:)``, but follows redirects; only the last answer goes to `consumer`.
    func follow(
        _ address: URL, fields: [String: String], credential: Credential?, consumer: any FollowingConsumer,
        policy: TransferPolicy
    ) async throws -> ResponseHead {
        var current = address
        var seen: Set<String> = []
        for _ in 0...policy.redirectCount {
            guard seen.insert(current.absoluteString).inserted else {
                throw HubError.badRedirect(address: address.presentable, reason: "it goes round in a circle")
            }
            let hop = HopConsumer(final: consumer, trustedOrigin: address.origin)
            let sent = fields.merging(credential?.fields(for: current) ?? [:]) { $1 }
            let head = try await get(current, fields: sent, consumer: hop, policy: policy)
            guard head.isRedirect else { return head }
            current = try target(of: head, from: current, start: address)
        }
        throw HubError.badRedirect(
            address: address.presentable, reason: "there are more than \(policy.redirectCount) steps")
    }

    private func target(of head: ResponseHead, from current: URL, start: URL) throws -> URL {
        guard let location = head["Location"], let target = URL(string: location, relativeTo: current)?.absoluteURL,
            let scheme = target.scheme?.lowercased(), ["http", "https"].contains(scheme),
            let host = target.host, !host.isEmpty
        else {
            throw HubError.badRedirect(address: start.presentable, reason: "the next address cannot be used")
        }
        guard scheme == "https" || current.scheme?.lowercased() == "http" else {
            throw HubError.badRedirect(
                address: start.presentable, reason: "it leaves the secure connection for \(target.presentable)")
        }
        return target
    }
}

/// Swallows the bodies of redirects and passes everything else on.
private final class HopConsumer: ResponseConsumer {
    private let final: any FollowingConsumer
    private let trustedOrigin: String
    private let isRedirect = Mutex(false)

    init(final: any FollowingConsumer, trustedOrigin: String) {
        self.final = final
        self.trustedOrigin = trustedOrigin
    }

    func begin(_ head: ResponseHead) throws {
        // Only the first host speaks for the repository; the one that merely stores the bytes does not.
        if head.address.origin == trustedOrigin { try final.arrive(LinkedFile(head)) }
        isRedirect.withLock { $0 = head.isRedirect }
        if !head.isRedirect { try final.begin(head) }
    }

    func consume(_ bytes: Data) throws {
        if !isRedirect.withLock({ $0 }) { try final.consume(bytes) }
    }
}
