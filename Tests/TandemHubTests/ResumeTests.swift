import Foundation
import Testing

@testable import TandemHub

/// Downloads that begin with what an earlier one left.
struct ResumeTests {
    let base: DownloadTests
    let bytes = noise(100_000)

    init() throws { base = try DownloadTests() }

    /// Leaves 40,000 bytes of version `"v1"` behind, on a server that then goes on with `script`.
    func serverWithHistory(_ script: @escaping ScriptedServer.Script) async throws -> ScriptedServer {
        let server = try ScriptedServer { [bytes] request, number in
            number == 0 ? .file(bytes, for: request, cutAfter: 40_000) : script(request, number)
        }
        var policy = TransferPolicy.impatient()
        policy.attemptCount = 1
        await #expect(throws: HubError.self) { try await base.download(from: server, policy: policy) }
        #expect(try base.folder.bytes("file.partial").count == 40_000)
        return server
    }

    @Test func `a second run goes on where the first one stopped`() async throws {
        let server = try await serverWithHistory { [bytes] request, _ in .file(bytes, for: request) }
        defer { server.stop() }
        let (file, requests) = try await base.download(from: server)
        #expect(file == DownloadedFile(byteCount: bytes.count, sha256: sha256(bytes), resumedFrom: 40_000))
        #expect(requests[1]["Range"] == "bytes=40000-" && requests[1]["If-Range"] == "\"v1\"")
        #expect(try base.folder.bytes("file") == bytes)
    }

    @Test func `a server that cannot do ranges sends it all again`() async throws {
        let server = try await serverWithHistory { [bytes] _, _ in .answer(200, ["ETag": "\"v1\""], body: bytes) }
        defer { server.stop() }
        let (file, _) = try await base.download(from: server)
        #expect(file.resumedFrom == 0)
        #expect(try base.folder.bytes("file") == bytes)
    }

    @Test func `a file that has changed is fetched anew`() async throws {
        let new = noise(80_000, seed: 3)
        let server = try await serverWithHistory { request, _ in .file(new, for: request, tag: "\"v2\"") }
        defer { server.stop() }
        let (file, _) = try await base.download(from: server)
        #expect(file == DownloadedFile(byteCount: new.count, sha256: sha256(new), resumedFrom: 0))
        #expect(try base.folder.bytes("file") == new)
    }

    @Test func `a file that has changed is noticed though the server ignores If-Range`() async throws {
        let new = noise(100_000, seed: 3)
        let server = try await serverWithHistory { request, _ in
            guard let start = request["Range"].flatMap({ Int($0.dropFirst(6).dropLast()) }) else {
                return .file(new, for: request, tag: "\"v2\"")
            }
            return .answer(
                206, ["ETag": "\"v2\"", "Content-Range": "bytes \(start)-99999/100000"], body: Array(new[start...]))
        }
        defer { server.stop() }
        let (_, requests) = try await base.download(from: server)
        #expect(requests.map { $0["Range"] } == [nil, "bytes=40000-", nil])
        #expect(try base.folder.bytes("file") == new)
    }

    @Test func `a range that the server does not have starts it over`() async throws {
        let server = try await serverWithHistory { [bytes] request, _ in
            request["Range"] == nil
                ? .file(bytes, for: request) : .answer(416, ["Content-Range": "bytes */\(bytes.count)"])
        }
        defer { server.stop() }
        let (file, requests) = try await base.download(from: server)
        #expect(file.resumedFrom == 0 && requests.count == 3)
        #expect(try base.folder.bytes("file") == bytes)
    }

    @Test(arguments: ["bytes 0-99999/100000", "bytes 39999-99999/100000", "pages 40000-1/2", "", "bytes 40000-99999/7"])
    func `a part that is not the one asked for is not put in its place`(range: String) async throws {
        let server = try await serverWithHistory { [bytes] request, _ in
            request["Range"] == nil
                ? .file(bytes, for: request)
                : .answer(206, ["ETag": "\"v1\"", "Content-Range": range], body: Array(bytes[40_000...]))
        }
        defer { server.stop() }
        let (file, _) = try await base.download(from: server)
        #expect(file.resumedFrom == 0)
        #expect(try base.folder.bytes("file") == bytes)
    }

    @Test func `bytes that came from another address are not gone on with`() async throws {
        let server = try await serverWithHistory { request, _ in .file([1, 2, 3], for: request) }
        defer { server.stop() }
        let (file, requests) = try await base.download(from: server, path: "other")
        #expect(file.byteCount == 3 && requests.last?["Range"] == nil)
    }

    @Test func `bytes without a record, or with a broken one, are not gone on with`() async throws {
        let server = try await serverWithHistory { [bytes] request, _ in .file(bytes, for: request) }
        defer { server.stop() }
        try base.folder.write(Array("{".utf8), "file.partial.json")
        let (file, _) = try await base.download(from: server)
        #expect(file.resumedFrom == 0)
        #expect(try base.folder.bytes("file") == bytes)
    }

    @Test func `a complete file that was not renamed needs no further request`() async throws {
        let server = try await serverWithHistory { _, _ in [.reset] }
        defer { server.stop() }
        try base.folder.write(bytes, "file.partial")
        let (file, requests) = try await base.download(from: server, sha256: sha256(bytes))
        #expect(file.resumedFrom == bytes.count && requests.count == 1)
        #expect(base.folder.names == ["file"])
    }

    @Test func `a cancelled download does not wait for its server and keeps what it has`() async throws {
        let server = try ScriptedServer { [bytes] request, number in
            number == 0
                ? .file(bytes, for: request, cutAfter: 30_000) + [.hold] : .file(bytes, for: request)
        }
        defer { server.stop() }
        let events = Events<PullEvent>()
        let task = Task { try await base.download(from: server) { events.add($0) } }
        while !events.all.contains(.advanced(byteCount: 30_000)) { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        // The server holds the rest back until we hang up: only the cancellation can have ended this.
        await #expect(throws: CancellationError.self) { try await task.value }
        let (file, _) = try await base.download(from: server)
        #expect(file.resumedFrom == 30_000)
        #expect(try base.folder.bytes("file") == bytes)
    }
}
