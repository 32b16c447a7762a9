import Foundation

@testable import TandemHub

extension [ScriptedServer.Action] {
    /// An answer with a head and a body. `Content-Length` is the body's unless `announcing` says otherwise; the
    /// connection breaks after `cutAfter` bytes of the body.
    static func answer(
        _ status: Int = 200, _ fields: [String: String] = [:], body: [UInt8] = [], announcing length: Int? = nil,
        cutAfter: Int? = nil
    ) -> [ScriptedServer.Action] {
        var head = "HTTP/1.1 \(status) Scripted\r\nConnection: close\r\n"
        if fields["Transfer-Encoding"] == nil { head += "Content-Length: \(length ?? body.count)\r\n" }
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) { head += "\(name): \(value)\r\n" }
        let sent = body.prefix(cutAfter ?? body.count)
        return [.send(Array<UInt8>((head + "\r\n").utf8) + sent)]
    }

    /// The file, or the part of it that was asked for, as a well-behaved server gives it.
    static func file(
        _ bytes: [UInt8], for request: ScriptedServer.Request, tag: String = "\"v1\"", cutAfter: Int? = nil
    ) -> [ScriptedServer.Action] {
        let matches = request["If-Range"] == nil || request["If-Range"] == tag
        guard matches, let start = request["Range"].flatMap({ Int($0.dropFirst(6).dropLast()) }) else {
            return answer(200, ["ETag": tag], body: bytes, cutAfter: cutAfter)
        }
        return answer(
            206, ["ETag": tag, "Content-Range": "bytes \(start)-\(bytes.count - 1)/\(bytes.count)"],
            body: Array<UInt8>(bytes[start...]), cutAfter: cutAfter)
    }

    static func chunked(_ bytes: [UInt8], isFinished: Bool = true) -> [ScriptedServer.Action] {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        let chunk = Array<UInt8>("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array<UInt8>("\r\n".utf8)
        return [.send(Array<UInt8>(head.utf8) + chunk + (isFinished ? Array<UInt8>("0\r\n\r\n".utf8) : []))]
    }
}

/// Bytes that no compression or repetition could fake.
func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 56)
    }
}

/// What passes for a GGUF file at a glance.
func gguf(_ count: Int) -> [UInt8] { Array("GGUF".utf8) + noise(count - 4) }

func sha256(_ bytes: [UInt8]) -> String {
    var checksum = Checksum()
    checksum.update(Data(bytes))
    return checksum.hexadecimal
}

/// A folder that is gone when the test is.
final class TemporaryFolder: Sendable {
    let path = FileManager.default.temporaryDirectory.path + "/tandem-hub-" + UUID().uuidString

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    var names: [String] { FileSystem.names(in: path) }

    func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)))
    }

    func write(_ bytes: [UInt8], _ name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name))
    }
}

extension TransferPolicy {
    /// No waiting: pauses are only written down.
    static func impatient(_ pauses: Events<Duration> = Events()) -> TransferPolicy {
        var policy = TransferPolicy()
        policy.pause = { pauses.add($0) }
        return policy
    }
}
