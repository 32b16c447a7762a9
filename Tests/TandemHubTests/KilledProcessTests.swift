import Foundation
import Testing

@testable import TandemHub

extension ProgramTests {
    /// The command line program, killed in the middle of a download.
    struct KilledProcessTests {
        /// The program, built beside the tests.
        static let program: String? = {
            #if os(Linux)
                let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
            #else
                let tests = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundlePath ?? ""
            #endif
            let path = URL(fileURLWithPath: tests).deletingLastPathComponent().path + "/tandem"
            return FileManager.default.isExecutableFile(atPath: path) ? path : nil
        }()

        let folder: TemporaryFolder

        init() throws { folder = try TemporaryFolder() }

        /// Starts the program with its output going to the file `output`: a pipe's end would be inherited by whatever other
        /// program is started meanwhile, and then never close.
        func start(_ arguments: [String], server: ScriptedServer) throws -> Process {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: Self.program ?? "")
            process.arguments = arguments
            process.environment = [
                "TANDEM_HOME": folder.path, "HF_ENDPOINT": try server.address("").absoluteString,
                "PATH": "/usr/bin:/bin", "HOME": folder.path,
            ]
            try folder.write([], "output")
            process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.path + "/output"))
            process.standardError = FileHandle.nullDevice
            try process.run()
            return process
        }

        func end(of process: Process) async throws -> Int32 {
            while process.isRunning { try await Task.sleep(for: .milliseconds(5)) }
            return process.terminationStatus
        }

        @Test(.enabled(if: ProgramTests.KilledProcessTests.program != nil), arguments: [SIGKILL, SIGINT])
        func `a killed pull leaves nothing broken, and the next one goes on`(signal: Int32) async throws {
            let weights = gguf(200_000)
            let server = try ScriptedServer { request, number in
                number == 0
                    ? .file(weights, for: request, cutAfter: 150_000) + [.hold]
                    : .file(weights, for: request)
            }
            defer { server.stop() }
            let address = try server.address("m.gguf").absoluteString
            let first = try start(["pull", address], server: server)
            let partial = folder.path + "/downloads/m/m.gguf.partial"
            while FileSystem.byteCount(partial) != 150_000, first.isRunning {
                try await Task.sleep(for: .milliseconds(5))
            }
            kill(first.processIdentifier, signal)
            #expect(try await end(of: first) == (signal == SIGKILL ? SIGKILL : 130))
            let store = ModelStore(root: folder.path)
            #expect(store.contents().models == [])
            #expect(throws: HubError.self) { try store.locate("m") }

            let second = try start(["pull", address, "--json", "--quiet"], server: server)
            #expect(try await end(of: second) == 0)
            let output = Data(try folder.bytes("output"))
            struct Report: Decodable {
                var path, sha256, source: String
                var bytes, resumed_from: Int
                var seconds: Double
            }
            let report = try JSONDecoder().decode(Report.self, from: output)
            #expect(report.resumed_from == 150_000 && report.bytes == weights.count && report.sha256 == sha256(weights))
            #expect(report.source == address && report.path == folder.path + "/models/m/m.gguf")
            #expect(try [UInt8](Data(contentsOf: URL(fileURLWithPath: report.path))) == weights)
        }
    }
}
