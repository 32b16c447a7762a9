/// When to give up waiting, and when to try again.
public struct TransferPolicy: Sendable {
    /// Fruitless attempts in a row before giving up.
    public var attemptCount = 5
    /// The first pause; each further one is twice as long.
    public var firstPause = Duration.milliseconds(500)
    /// The longest pause that is made by ourselves or at a server's wish; a server that wants more is given up.
    public var longestPause = Duration.seconds(60)
    /// How often the speed is looked at.
    public var window = Duration.seconds(30)
    /// A window with fewer bytes than this ends the attempt: a new connection is likely to do better.
    public var minimumByteCountPerWindow = 4096
    /// Redirects that are followed for one request.
    public var redirectCount = 10
    /// How to pause; tests put a clock of their own here.
    public var pause: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

    /// The usual values.
    public init() {}
}
