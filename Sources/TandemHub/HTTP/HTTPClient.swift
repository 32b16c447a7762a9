import Foundation
import Synchronization

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Requests over URLSession, with bodies that are streamed to a consumer as fast as that takes them.
///
/// Redirects are not followed here, nothing is cached, no cookies and no stored credentials are sent: the request is
/// what the caller gave, and the answer what the server gave. See `Decisions/0004-http-client.md`.
final class HTTPClient: Sendable {
    private let session: URLSession
    private let delegate = SessionDelegate()

    init() {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.urlCache = nil
        configuration.httpCookieStorage = nil
        configuration.httpShouldSetCookies = false
        configuration.urlCredentialStorage = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        // Time-outs are ours (`TransferPolicy.window`), because URLSession's do not see a body that merely trickles.
        configuration.timeoutIntervalForRequest = 86_400
        #if canImport(FoundationNetworking)
            let queue: OperationQueue = BoundedOperationQueue(capacity: 64)
        #else
            let queue = OperationQueue()
        #endif
        queue.maxConcurrentOperationCount = 1
        session = URLSession(configuration: configuration, delegate: delegate, delegateQueue: queue)
    }

    deinit { session.invalidateAndCancel() }

    /// Sends one GET request and gives the answer, whatever its status, to `consumer`.
    ///
    /// - Throws: what the consumer threw; ``TransferFailure`` for failures of the network that may pass;
    ///   ``HubError`` for those that will not; `CancellationError`.
    func get(
        _ address: URL, fields: [String: String], consumer: any ResponseConsumer, policy: TransferPolicy
    ) async throws -> ResponseHead {
        var request = URLRequest(url: address)
        request.httpMethod = "GET"
        for (name, value) in fields { request.setValue(value, forHTTPHeaderField: name) }
        request.setValue("tandem", forHTTPHeaderField: "User-Agent")
        // Byte counts and ranges are about the file, so it must come as it is.
        request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")

        try Task.checkCancellation()
        let exchange = Exchange(consumer: consumer)
        let task = await start(request, exchange)
        let stop: @Sendable (any Error) -> Void = { error in
            exchange.fail(error)
            task.cancel()
        }
        let watch = Task {
            var last = 0
            while true {
                try await Task.sleep(for: policy.window)
                let count = exchange.activityCount
                let isEnough = last == 0 ? count > 0 : count - last >= policy.minimumByteCountPerWindow
                guard isEnough else {
                    return stop(TransferFailure.transient("hardly anything came for \(policy.window)"))
                }
                last = count
            }
        }
        defer { watch.cancel() }
        return try await withTaskCancellationHandler {
            do {
                return try await exchange.value()
            } catch let error as URLError {
                throw Self.meaning(of: error, address: address)
            }
        } onCancel: {
            stop(CancellationError())
        }
    }

    /// Begins a request, on a thread that may wait: the open-source URLSession has one queue for all sessions of a
    /// process, which stands still while a slow consumer is waited for.
    private func start(_ request: URLRequest, _ exchange: Exchange) async -> URLSessionDataTask {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [session, delegate] in
                let task = session.dataTask(with: request)
                delegate.add(exchange, for: task)
                task.resume()
                continuation.resume(returning: task)
            }
        }
    }

    /// Certificates and addresses do not mend themselves; everything else may.
    private static func meaning(of error: URLError, address: URL) -> any Error {
        let place = address.presentable
        switch error.code {
        case .cancelled:
            return CancellationError()
        case .badURL, .unsupportedURL:
            return HubError.malformedAnswer(address: place, reason: "its address cannot be used")
        case .secureConnectionFailed, .serverCertificateUntrusted, .serverCertificateHasBadDate,
            .serverCertificateNotYetValid, .serverCertificateHasUnknownRoot, .clientCertificateRejected,
            .clientCertificateRequired:
            return HubError.refused(
                status: 0, address: place,
                explanation: "no secure connection could be made; check the system's clock and certificates, "
                    + "and any proxy")
        default:
            return TransferFailure.transient(FileSystem.reason(of: error))
        }
    }
}

/// Hands URLSession's callbacks to the exchange they belong to.
private final class SessionDelegate: NSObject, URLSessionDataDelegate, Sendable {
    private let exchanges = Mutex<[Int: Exchange]>([:])

    func add(_ exchange: Exchange, for task: URLSessionTask) {
        exchanges.withLock { $0[task.taskIdentifier] = exchange }
    }

    private func exchange(of task: URLSessionTask) -> Exchange? {
        exchanges.withLock { $0[task.taskIdentifier] }
    }

    /// Called on the delegate queue, whose operations the session may be waiting for; so cancelling is left to another
    /// thread.
    private func stop(_ task: URLSessionTask) {
        DispatchQueue.global().async { task.cancel() }
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        guard let exchange = exchange(of: dataTask), let head = head(of: dataTask, response: response),
            exchange.begin(head)
        else {
            completionHandler(.cancel)
            return stop(dataTask)
        }
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        guard let exchange = exchange(of: dataTask) else { return }
        if !exchange.consume(data) { stop(dataTask) }
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        // Where to go next, and with which token, is for `HTTPClient.follow` to say.
        completionHandler(nil)
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        guard let exchange = exchanges.withLock({ $0.removeValue(forKey: task.taskIdentifier) }) else { return }
        // A redirect to nowhere is completed without its head having been shown.
        if error == nil, let response = task.response, let head = head(of: task, response: response) {
            _ = exchange.begin(head)
        }
        exchange.complete(error)
    }

    private func head(of task: URLSessionTask, response: URLResponse) -> ResponseHead? {
        guard let response = response as? HTTPURLResponse, let address = task.originalRequest?.url else { return nil }
        return ResponseHead(response, address: address)
    }
}

#if canImport(FoundationNetworking)
    /// A delegate queue that makes the session wait when its callbacks are not taken off fast enough.
    ///
    /// The open-source URLSession puts every 16 KB that it receives on this queue, however long that has become; with a
    /// fast network and a slow disk the whole file would pile up in memory. Waiting here holds up its reading from the
    /// socket, and so the sender.
    final class BoundedOperationQueue: OperationQueue, @unchecked Sendable {
        private let places: DispatchSemaphore

        init(capacity: Int) {
            // Filled by signals, not by its first value: a semaphore must not end below the value it began with.
            places = DispatchSemaphore(value: 0)
            super.init()
            for _ in 0..<capacity { places.signal() }
        }

        override func addOperation(_ block: @escaping @Sendable () -> Void) {
            // An operation that adds another one must not wait for its own end.
            if OperationQueue.current === self { return super.addOperation(block) }
            places.wait()
            super.addOperation { [places] in
                block()
                places.signal()
            }
        }
    }
#endif
