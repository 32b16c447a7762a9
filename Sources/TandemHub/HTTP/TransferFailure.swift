/// Why an attempt ended early, when another one may do better.
enum TransferFailure: Error, Equatable {
    /// The network or the server had a bad moment.
    case transient(String, retryAfter: Duration? = nil)
    /// What was fetched so far does not fit what the server has now.
    case startOver(String)

    var reason: String {
        switch self {
        case .transient(let reason, _), .startOver(let reason): reason
        }
    }
}
