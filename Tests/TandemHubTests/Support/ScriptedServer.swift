import Foundation
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A web server on 127.0.0.1 that does what a test's script says, also what no server should do.
///
/// One thread takes connections, one more serves each; every answer ends its connection. Knows nothing of HTTP but
/// where a request's head ends: answers are bytes.
final class ScriptedServer: Sendable {
    struct Request: Sendable, Equatable {
        var path: String
        var fields: [String: String]

        subscript(name: String) -> String? { fields[name.lowercased()] }
    }

    typealias Script = @Sendable (_ request: Request, _ number: Int) -> [Action]

    enum Action: Sendable {
        case send([UInt8])
        case pause(Duration)
        /// Says nothing more, however long it takes the client to hang up.
        case hold
        /// Sends one byte now and then until the client hangs up.
        case trickle(every: Duration)
        /// Tells the test how far the script has come.
        case call(@Sendable () -> Void)
        /// Ends the connection as if the program had crashed: what was not read is lost.
        case reset
    }

    let port: Int
    private let listener: Int32
    private let received = Mutex<[Request]>([])
    private let script: Script

    init(_ script: @escaping Script) throws {
        self.script = script
        listener = socket(AF_INET, Self.streamType, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isListening = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 16) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isListening else { throw POSIXError(.EADDRNOTAVAIL) }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                Thread.detachNewThread { self.serve(connection) }
            }
        }
    }

    /// What was asked so far.
    var requests: [Request] { received.withLock { $0 } }

    /// An address of this server. `localhost` is another host than `127.0.0.1`, though it is the same machine.
    func address(_ path: String, host: String = "127.0.0.1") throws -> URL {
        guard let url = URL(string: "http://\(host):\(port)/\(path)") else { throw URLError(.badURL) }
        return url
    }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private func serve(_ connection: Int32) {
        defer { close(connection) }
        var head: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !head.contains(subsequence: Array("\r\n\r\n".utf8)) {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            head += buffer[..<count]
        }
        let request = Self.parse(head)
        let number = received.withLock { received in
            received.append(request)
            return received.count - 1
        }
        for action in script(request, number) {
            switch action {
            case .send(let bytes):
                guard send(bytes, over: connection) else { return }
            case .call(let body):
                body()
            case .pause(let duration):
                Thread.sleep(forTimeInterval: duration / .seconds(1))
            case .hold:
                while recv(connection, &buffer, buffer.count, 0) > 0 {}
            case .trickle(let interval):
                while send([0], over: connection) { Thread.sleep(forTimeInterval: interval / .seconds(1)) }
            case .reset:
                var option = linger(l_onoff: 1, l_linger: 0)
                setsockopt(connection, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
                return
            }
        }
    }

    private func send(_ bytes: [UInt8], over connection: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            #if canImport(Darwin)
                var on: Int32 = 1
                setsockopt(connection, SOL_SOCKET, SO_NOSIGPIPE, &on, socklen_t(MemoryLayout<Int32>.size))
                let flags: Int32 = 0
            #else
                let flags = Int32(MSG_NOSIGNAL)
            #endif
            let count = bytes[sent...].withUnsafeBytes {
                #if canImport(Darwin)
                    Darwin.send(connection, $0.baseAddress, $0.count, flags)
                #elseif canImport(Musl)
                    Musl.send(connection, $0.baseAddress, $0.count, flags)
                #else
                    Glibc.send(connection, $0.baseAddress, $0.count, flags)
                #endif
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    private static func parse(_ head: [UInt8]) -> Request {
        let lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n")
        let path = lines[0].split(separator: " ").dropFirst().first.map(String.init) ?? ""
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { fields[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
        return Request(path: path, fields: fields)
    }

    #if canImport(Glibc)
        private static let streamType = Int32(SOCK_STREAM.rawValue)
    #else
        private static let streamType = SOCK_STREAM
    #endif
}

extension [UInt8] {
    fileprivate func contains(subsequence: [UInt8]) -> Bool {
        guard count >= subsequence.count else { return false }
        return (0...count - subsequence.count).contains { self[$0..<$0 + subsequence.count].elementsEqual(subsequence) }
    }
}
