import Foundation
import Synchronization
import Testing

@testable import TandemHub

/// A fast server and a slow disk.
struct BackPressureTests {
    /// Takes its time over each piece, for half a second: all sessions of a process wait with a slow one.
    final class SlowConsumer: ResponseConsumer {
        let count = Mutex(0)
        let end = ContinuousClock.now + .milliseconds(500)

        func begin(_ head: ResponseHead) {}
        func consume(_ bytes: Data) {
            count.withLock { $0 += bytes.count }
            if ContinuousClock.now < end { Thread.sleep(forTimeInterval: 0.01) }
        }
    }

    final class Counter: Sendable {
        let value = Mutex(0)
    }

    @Test func `what a slow consumer has not taken stays with the sender`() async throws {
        let sent = Counter()
        let piece = [UInt8](repeating: 7, count: 1 << 20)
        let pieceCount = 64
        let server = try ScriptedServer { _, _ in
            let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: \(pieceCount << 20)\r\n\r\n"
            return [.send(Array(head.utf8))]
                + (1...pieceCount).flatMap { number in
                    [ScriptedServer.Action.send(piece), .call { sent.value.withLock { $0 = number } }]
                }
        }
        defer { server.stop() }
        let consumer = SlowConsumer()
        let client = HTTPClient()
        let address = try server.address("x")
        let task = Task {
            try await client.get(address, fields: [:], consumer: consumer, policy: TransferPolicy())
        }
        // Looked at from a thread of its own, before the consumer becomes quick.
        let underWay = await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                Thread.sleep(forTimeInterval: 0.3)
                let (taken, given) = (consumer.count.withLock { $0 }, sent.value.withLock { $0 } << 20)
                continuation.resume(returning: given - taken)
            }
        }
        // Besides our own 64 pieces of at most 16 KB, the system's buffers hold a few megabytes for a local connection.
        #expect(underWay < 24 << 20, "\(underWay) bytes are under way")
        _ = try await task.value
        #expect(consumer.count.withLock { $0 } == pieceCount << 20)
    }
}
