import Foundation
import Testing

@testable import TandemHub

/// Servers that say no, later, or elsewhere.
struct RefusalTests {
    let base: DownloadTests
    let bytes = noise(1000)

    init() throws { base = try DownloadTests() }

    @Test func `a server that is asked too often is left alone for as long as it asks`() async throws {
        let pauses = Events<Duration>()
        try await base.download(policy: .impatient(pauses)) { [bytes] request, number in
            number == 0 ? .answer(429, ["Retry-After": "7"]) : .file(bytes, for: request)
        }
        #expect(pauses.all == [.seconds(7)])
    }

    @Test func `a server that asks for a very long pause is given up at once`() async throws {
        let pauses = Events<Duration>()
        let error = await #expect(throws: HubError.self) {
            try await base.download(policy: .impatient(pauses)) { _, _ in .answer(503, ["Retry-After": "86400"]) }
        }
        #expect(error?.description.contains("86400 seconds") == true)
        #expect(pauses.all.isEmpty)
    }

    @Test func `pauses double, and end after five fruitless attempts`() async throws {
        let pauses = Events<Duration>()
        await #expect(throws: HubError.self) {
            try await base.download(policy: .impatient(pauses)) { _, _ in .answer(500) }
        }
        #expect(pauses.all == [.milliseconds(500), .seconds(1), .seconds(2), .seconds(4)])
    }

    @Test func `a date in Retry-After counts from now`() throws {
        let head = ResponseHead(
            address: try #require(URL(string: "http://example.org")), status: 429,
            fields: ["retry-after": "Thu, 01 Jan 1970 00:01:30 GMT"])
        #expect(head.retryAfter(now: Date(timeIntervalSince1970: 60)) == .seconds(30))
        #expect(head.retryAfter(now: Date(timeIntervalSince1970: 600)) == .zero)
    }

    @Test(arguments: [400, 401, 403, 404, 410, 451, 418, 304, 204])
    func `other statuses are final and explained`(status: Int) async throws {
        let error = await #expect(throws: HubError.self) {
            try await base.download { _, number in number == 0 ? .answer(status) : [.reset] }
        }
        guard case .refused(status, _, let explanation) = error else {
            Issue.record("\(String(describing: error))"); return
        }
        #expect(explanation.contains(";"))
        #expect(!base.folder.names.contains("file"))
    }

    @Test func `a token is shown to its own host`() async throws {
        let (_, requests) = try await base.download(token: "secret") { [bytes] request, _ in
            request["Authorization"] == "Bearer secret"
                ? (request.path == "/file" ? .answer(307, ["Location": "/there"]) : .file(bytes, for: request))
                : .answer(401)
        }
        #expect(requests.map(\.path) == ["/file", "/there"])
    }

    @Test func `a file that needs a token says so`() async throws {
        let error = await #expect(throws: HubError.self) { try await base.download { _, _ in .answer(401) } }
        #expect(error?.description.contains("set HF_TOKEN") == true)
        let gated = await #expect(throws: HubError.self) {
            try await base.download(token: "secret") { _, _ in .answer(403, ["X-Error-Code": "GatedRepo"]) }
        }
        #expect(gated?.description.contains("accept its terms") == true)
        #expect(gated?.description.contains("secret") == false)
    }

    @Test func `a token is not shown to another host or port, nor is a checksum believed from there`() async throws {
        let other = try ScriptedServer { [bytes] request, _ in
            .answer(200, ["X-Linked-ETag": sha256([])], body: bytes)
        }
        defer { other.stop() }
        for host in ["localhost", "127.0.0.1"] {
            let target = try other.address("elsewhere?signature=x", host: host)
            let (_, requests) = try await base.download(token: "secret") { _, _ in
                .answer(302, ["Location": target.absoluteString])
            }
            #expect(requests[0]["Authorization"] == "Bearer secret")
        }
        #expect(other.requests.count == 2)
        #expect(other.requests.allSatisfy { $0["Authorization"] == nil })
    }

    @Test func `a circle of redirects is seen`() async throws {
        let error = await #expect(throws: HubError.self) {
            try await base.download { request, _ in .answer(302, ["Location": request.path == "/file" ? "/b" : "/file"])
            }
        }
        guard case .badRedirect(_, let reason) = error else { Issue.record("\(String(describing: error))"); return }
        #expect(reason.contains("circle"))
    }

    @Test func `redirects end somewhere`() async throws {
        let error = await #expect(throws: HubError.self) {
            try await base.download { _, number in .answer(302, ["Location": "/\(number)"]) }
        }
        guard case .badRedirect(_, let reason) = error else { Issue.record("\(String(describing: error))"); return }
        #expect(reason.contains("more than 10"))
    }

    @Test(arguments: [
        "", " ", "http://", "http:///x", "ftp://127.0.0.1/x", "file:///etc/passwd", "//", "///", "?", "#", "http://[",
        "http://[::1", "http://127.0.0.1:99999999/", "http://127.0.0.1:-1/", "javascript:1", "http:x", "%", "%zz",
        "\u{7F}",
        "http://a b/", "//user@", "http://\u{FF}\u{FE}/", "?a=%zz#%", "http://127.0.0.1:1/?q=[]{}|\\^`",
        "mailto:x?y#z", "x:y:z", ":", "::", ":80/", "/\u{1}", "http://xn--/",
    ])
    func `a redirect to nowhere is an error and nothing worse`(location: String) async throws {
        var policy = TransferPolicy.impatient()
        policy.attemptCount = 1
        await #expect(throws: HubError.self) {
            try await base.download(policy: policy) { request, number in
                number == 0 ? .answer(302, ["Location": location], body: [1, 2, 3]) : .answer(404)
            }
        }
    }

    @Test(arguments: [
        "", "\r\n\r\n", "HTTP", "HTTP/1.1\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 99999 x\r\n\r\n",
        "HTTP/9.9 200 OK\r\n\r\n", "hello\r\n\r\nworld", "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: empty\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\r\n folded\r\n\r\nhello", "HTTP/1.1 200 OK\r\nX: \u{0}\u{1}\u{7F}\r\n\r\nhello",
        "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 101 Switching\r\n\r\nhello",
        "HTTP/1.1 401 No\r\nWWW-Authenticate: Digest\r\n\r\n",
        "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 401 No\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 401 No\r\nWWW-Authenticate: \r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 303 x\r\nLocation: /file\r\nLocation: /file\r\nContent-Length: 0\r\n\r\n",
    ])
    func `an answer that is no HTTP is an error and nothing worse`(answer: String) async throws {
        var policy = TransferPolicy.impatient()
        policy.attemptCount = 2
        await #expect(throws: HubError.self) {
            try await base.download(policy: policy) { _, _ in [.send(Array(answer.utf8))] }
        }
        #expect(!base.folder.names.contains("file"))
    }

    @Test func `a trickle is left for a new connection`() async throws {
        var policy = TransferPolicy.impatient()
        policy.window = .milliseconds(500)
        policy.minimumByteCountPerWindow = 100_000
        // On a crowded machine a whole window may pass without a byte from the good connection as well.
        policy.attemptCount = 1000
        let zeros = [UInt8](repeating: 0, count: 1_000_000)
        let events = Events<PullEvent>()
        let report: @Sendable (PullEvent) -> Void = { events.add($0) }
        let (_, requests) = try await base.download(policy: policy, report: report) { request, number in
            // The first connection would take half a day.
            number == 0
                ? .file(zeros, for: request, cutAfter: 500) + [.trickle(every: .milliseconds(40))]
                : .file(zeros, for: request)
        }
        #expect(requests.count >= 2)
        #expect(requests.dropFirst().allSatisfy { $0["Range"] != nil })
        #expect(
            events.all.contains {
                if case .retrying("hardly anything came for 0.5 seconds", _) = $0 { true } else { false }
            })
        #expect(try base.folder.bytes("file") == zeros)
    }

    @Test func `a server that says nothing is not waited for`() async throws {
        var policy = TransferPolicy.impatient()
        policy.window = .milliseconds(100)
        policy.attemptCount = 2
        let error = await #expect(throws: HubError.self) {
            try await base.download(policy: policy) { _, _ in [.hold] }
        }
        guard case .gaveUp(_, let reason, 0) = error else { Issue.record("\(String(describing: error))"); return }
        #expect(reason.contains("hardly anything"))
    }
}
