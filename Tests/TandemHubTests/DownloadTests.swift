import Foundation
import Testing

@testable import TandemHub

/// One file from a server that behaves, or does not.
struct DownloadTests {
    let folder: TemporaryFolder
    let bytes = noise(100_000)

    init() throws { folder = try TemporaryFolder() }

    /// Serves one script and downloads from it to `file`.
    @discardableResult
    func download(
        size: Int? = nil, sha256: String? = nil, policy: TransferPolicy = .impatient(), token: String? = nil,
        path: String = "file", report: @escaping @Sendable (PullEvent) -> Void = { _ in },
        from script: @escaping ScriptedServer.Script
    ) async throws -> (file: DownloadedFile, requests: [ScriptedServer.Request]) {
        let server = try ScriptedServer(script)
        defer { server.stop() }
        return try await download(
            from: server, size: size, sha256: sha256, policy: policy, token: token, path: path, report: report)
    }

    func download(
        from server: ScriptedServer, size: Int? = nil, sha256: String? = nil, policy: TransferPolicy = .impatient(),
        token: String? = nil, path: String = "file", report: @escaping @Sendable (PullEvent) -> Void = { _ in }
    ) async throws -> (file: DownloadedFile, requests: [ScriptedServer.Request]) {
        let address = try server.address(path)
        let request = DownloadRequest(
            address: address, credential: Credential(token: token, endpoint: address), byteCount: size, sha256: sha256)
        let file = try await Downloader(client: HTTPClient(), policy: policy)
            .download(request, to: folder.path + "/file", report: report)
        return (file, server.requests)
    }

    @Test func `a file arrives, is hashed, and leaves nothing else behind`() async throws {
        let (file, requests) = try await download(size: bytes.count, sha256: sha256(bytes)) { [bytes] request, _ in
            .file(bytes, for: request)
        }
        #expect(file == DownloadedFile(byteCount: bytes.count, sha256: sha256(bytes), resumedFrom: 0))
        #expect(try folder.bytes("file") == bytes)
        #expect(folder.names == ["file"])
        #expect(requests.count == 1)
        #expect(requests[0]["Range"] == nil && requests[0]["Accept-Encoding"] == "identity")
    }

    @Test func `an empty file is a file`() async throws {
        let (file, _) = try await download { request, _ in .file([], for: request) }
        #expect(file.byteCount == 0)
        #expect(try folder.bytes("file") == [])
    }

    @Test func `a body that breaks off is gone on with, from the byte where it broke`() async throws {
        let (file, requests) = try await download(sha256: sha256(bytes)) { [bytes] request, number in
            .file(bytes, for: request, cutAfter: number < 3 ? 20_000 : nil)
        }
        #expect(try folder.bytes("file") == bytes)
        #expect(file.byteCount == bytes.count)
        #expect(requests.map { $0["Range"] } == [nil, "bytes=20000-", "bytes=40000-", "bytes=60000-"])
        #expect(requests.map { $0["If-Range"] } == [nil, "\"v1\"", "\"v1\"", "\"v1\""])
    }

    @Test func `a connection that is reset is tried again`() async throws {
        let (_, requests) = try await download { [bytes] request, number in
            number == 0 ? [.reset] : .file(bytes, for: request)
        }
        #expect(requests.count == 2)
        #expect(try folder.bytes("file") == bytes)
    }

    @Test func `a server that announces more than it has is given up, and what came is kept`() async throws {
        let error = await #expect(throws: HubError.self) {
            try await download { [bytes] request, _ in
                if let start = request["Range"].flatMap({ Int($0.dropFirst(6).dropLast()) }) {
                    return .answer(
                        206, ["ETag": "\"v1\"", "Content-Range": "bytes \(start)-199999/200000"],
                        body: Array(bytes[start...]), announcing: 200_000 - start)
                }
                return .answer(200, ["ETag": "\"v1\""], body: bytes, announcing: 200_000)
            }
        }
        guard case .gaveUp(_, _, keptCount: 100_000) = error else {
            Issue.record("\(String(describing: error))"); return
        }
        #expect(folder.names == ["file.partial", "file.partial.json"])
    }

    @Test func `a length that differs from the listing's is refused before anything is written`() async throws {
        let error = await #expect(throws: HubError.self) {
            try await download(size: 99_999) { [bytes] request, _ in .file(bytes, for: request) }
        }
        #expect(error == .sizeMismatch(file: "file", expected: 99_999, announced: 100_000))
        #expect(try folder.bytes("file.partial") == [])
    }

    @Test func `a length that is too small cuts the file, and the checksum tells`() async throws {
        let error = await #expect(throws: HubError.self) {
            try await download(sha256: sha256(bytes)) { [bytes] _, _ in .answer(body: bytes, announcing: 50_000) }
        }
        #expect(
            error == .checksumMismatch(file: "file", expected: sha256(bytes), found: sha256(Array(bytes[..<50_000]))))
        #expect(folder.names == [])
    }

    @Test func `a body that never ends is stopped at the known length`() async throws {
        let error = await #expect(throws: HubError.self) {
            try await download(size: 1000) { [bytes] _, _ in .chunked(bytes) }
        }
        guard case .gaveUp(_, let reason, _) = error else { Issue.record("\(String(describing: error))"); return }
        #expect(reason.contains("more than the announced 1000 bytes"))
    }

    @Test func `chunks without a length are fine, if their end comes`() async throws {
        try await download { [bytes] _, _ in .chunked(bytes) }
        #expect(try folder.bytes("file") == bytes)
    }

    @Test func `chunks without an end are no file`() async throws {
        await #expect(throws: HubError.self) {
            try await download { [bytes] _, _ in .chunked(bytes, isFinished: false) }
        }
        #expect(!folder.names.contains("file"))
    }

    @Test func `a body without any mark of its end is taken only with a checksum`() async throws {
        let script: ScriptedServer.Script = { [bytes] _, _ in
            [.send(Array("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".utf8) + bytes)]
        }
        let error = await #expect(throws: HubError.self) { try await download(from: script) }
        guard case .malformedAnswer = error else { Issue.record("\(String(describing: error))"); return }
        try await download(sha256: sha256(bytes), from: script)
        #expect(try folder.bytes("file") == bytes)
    }

    @Test func `wrong bytes are thrown away, with both checksums in the message`() async throws {
        let wanted = sha256(bytes)
        let error = await #expect(throws: HubError.self) {
            try await download(sha256: wanted) { request, _ in .file(noise(100_000, seed: 2), for: request) }
        }
        #expect(
            error == .checksumMismatch(file: "file", expected: wanted, found: sha256(noise(100_000, seed: 2))))
        #expect(folder.names == [])
    }

    @Test func `wrong bytes from two answers are fetched once more as a whole`() async throws {
        let (_, requests) = try await download(sha256: sha256(bytes)) { [bytes] request, number in
            number == 0
                ? .answer(body: noise(100_000, seed: 2), announcing: 100_000, cutAfter: 10)
                : .file(bytes, for: request, tag: "")
        }
        #expect(requests.map { $0["Range"] } == [nil, "bytes=10-", nil])
        #expect(try folder.bytes("file") == bytes)
    }

    @Test func `a checksum and a length on the redirect are believed, and checked`() async throws {
        let other = noise(100_000, seed: 2)
        let script: (String, Int) -> ScriptedServer.Script = { [bytes] sum, length in
            { request, _ in
                request.path == "/file"
                    ? .answer(302, ["Location": "/there", "X-Linked-ETag": "\"\(sum)\"", "X-Linked-Size": "\(length)"])
                    : .file(bytes, for: request)
            }
        }
        try await download(from: script(sha256(bytes), bytes.count))
        let wrongSum = await #expect(throws: HubError.self) {
            try await download(from: script(sha256(other), bytes.count))
        }
        #expect(wrongSum == .checksumMismatch(file: "file", expected: sha256(other), found: sha256(bytes)))
        let wrongSize = await #expect(throws: HubError.self) { try await download(from: script(sha256(bytes), 5)) }
        #expect(wrongSize == .sizeMismatch(file: "file", expected: 5, announced: 100_000))
    }

    @Test func `a compressed body is refused: its lengths would mean something else`() async throws {
        let error = await #expect(throws: HubError.self) {
            try await download { _, _ in .answer(200, ["Content-Encoding": "br"], body: [1, 2, 3]) }
        }
        #expect(error != nil)
        #expect(!folder.names.contains("file"))
    }
}
