import Foundation

/// What an error status means, and what can be done about it.
enum ServerRefusal {
    static func error(for head: ResponseHead, address: URL, credential: Credential?) -> any Error {
        let status = head.status
        switch status {
        case 408, 425, 429, 500, 502, 503, 504:
            return TransferFailure.transient(
                status == 429
                    ? "the server says that it is asked too often" : "the server answered with status \(status)",
                retryAfter: head.retryAfter(now: Date()))
        default:
            return HubError.refused(
                status: status, address: address.presentable,
                explanation: explanation(head, address: address, credential: credential))
        }
    }

    private static func explanation(_ head: ResponseHead, address: URL, credential: Credential?) -> String {
        let code = head["X-Error-Code"] ?? ""
        let showsToken = credential?.origin == address.origin
        switch (head.status, code) {
        case (_, "GatedRepo"):
            let repository = address.path.split(separator: "/").prefix(2).joined(separator: "/")
            let place = "\(address.scheme ?? "https")://\(address.host ?? "")/\(repository)"
            return "the repository is gated; accept its terms at \(place) "
                + (showsToken
                    ? "with the account that HF_TOKEN belongs to" : "and set HF_TOKEN to a token of that account")
        case (_, "RevisionNotFound"):
            return "there is no such revision; leave out the part after @ for the main branch"
        case (401, _) where !showsToken, (403, _) where !showsToken:
            return "it does not exist, or may be read only with a token; check the name, or set HF_TOKEN"
        case (401, _):
            return "the token in HF_TOKEN is not accepted, or the repository does not exist; check both"
        case (403, _):
            return "the token in HF_TOKEN may not read this; accept the repository's terms, or use another token"
        case (404, _), (410, _):
            return "there is no such thing; check the spelling"
        case (451, _):
            return "it was taken down for legal reasons; look for another source"
        default:
            return "this status is not expected here; try again later, or another source"
        }
    }
}
