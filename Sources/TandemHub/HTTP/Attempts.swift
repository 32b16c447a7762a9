import Foundation

/// Counts what went wrong with one request, and decides whether to go on.
struct Attempts: Sendable {
    let policy: TransferPolicy
    let address: URL
    let report: @Sendable (PullEvent) -> Void
    private var failureCount = 0
    private var farthest: Int

    init(
        policy: TransferPolicy, address: URL, alreadyThere count: Int = 0,
        report: @escaping @Sendable (PullEvent) -> Void
    ) {
        self.policy = policy
        self.address = address
        self.report = report
        farthest = count
    }

    /// Pauses before the next attempt.
    ///
    /// - Parameters:
    ///   - keptCount: bytes that the next attempt can go on from.
    ///   - reached: bytes that this attempt came to. Only new ground counts as success: a server whose file changes
    ///     all the time must not keep us for ever.
    /// - Throws: ``HubError/gaveUp(address:reason:keptCount:)`` if there is to be no further attempt.
    mutating func pause(after failure: TransferFailure, keptCount: Int, reached: Int) async throws {
        if reached > farthest { failureCount = 0 }
        farthest = max(farthest, reached)
        failureCount += 1
        var asked = Duration.zero
        if case .transient(_, let retryAfter?) = failure { asked = retryAfter }
        var reason = failure.reason
        if asked > policy.longestPause { reason += ", and asks to wait \(asked.components.seconds) seconds" }
        guard failureCount < policy.attemptCount, asked <= policy.longestPause else {
            throw HubError.gaveUp(address: address.presentable, reason: reason, keptCount: keptCount)
        }
        let length = max(asked, min(policy.firstPause * (1 << min(failureCount - 1, 10)), policy.longestPause))
        report(.retrying(reason: reason, after: length))
        try await policy.pause(length)
    }
}
