import Foundation
import Testing

@testable import TandemHub

/// Whole pulls, from a source's name to a model in the store, against a small hub.
struct PullTests {
    let folder: TemporaryFolder
    let weights = gguf(50_000)

    init() throws { folder = try TemporaryFolder() }

    /// A repository as the hub shows it: files with listed checksums for the large ones.
    static func hub(
        _ files: [String: [UInt8]], commit: String = String(repeating: "a", count: 40),
        change: @escaping @Sendable (ScriptedServer.Request, Int) -> [ScriptedServer.Action]? = { _, _ in nil }
    ) -> ScriptedServer.Script {
        { request, number in
            if let changed = change(request, number) { return changed }
            if request.path.hasPrefix("/api/models/owner/repo") {
                let siblings = files.sorted { $0.key < $1.key }.map { name, bytes in
                    bytes.count > 1000
                        ? #"{"rfilename":"\#(name)","size":\#(bytes.count),"lfs":{"sha256":"\#(sha256(bytes))"}}"#
                        : #"{"rfilename":"\#(name)","size":\#(bytes.count)}"#
                }
                let json = #"{"id":"owner/repo","sha":"\#(commit)","siblings":[\#(siblings.joined(separator: ","))]}"#
                return .answer(200, ["Content-Type": "application/json"], body: Array(json.utf8))
            }
            let prefix = "/owner/repo/resolve/\(commit)/"
            guard request.path.hasPrefix(prefix), let bytes = files[String(request.path.dropFirst(prefix.count))] else {
                return .answer(404, ["X-Error-Code": "EntryNotFound"])
            }
            return .file(bytes, for: request)
        }
    }

    func hub(
        at server: ScriptedServer, catalogue: Catalogue = .standard, environment: [String: String] = [:]
    ) throws -> ModelHub {
        var environment = environment
        environment["TANDEM_HOME"] = folder.path
        environment["HF_ENDPOINT"] = try server.address("").absoluteString
        return ModelHub(
            settings: try HubSettings(environment: environment, homeDirectory: folder.path), catalogue: catalogue,
            policy: .impatient())
    }

    var directory: [String: [UInt8]] {
        [
            "config.json": [1], "tokenizer.json": [2], "tokenizer_config.json": [3], "model.safetensors": weights,
            "README.md": [4], "pytorch_model.bin": noise(2000), "onnx/model.onnx": noise(2000), "../../evil": [5],
        ]
    }

    @Test func `a repository's model is the files that are needed, of one commit`() async throws {
        let server = try ScriptedServer(Self.hub(directory))
        defer { server.stop() }
        let hub = try hub(at: server)
        let pulled = try await hub.pull(ModelSource("hf:owner/repo"))
        #expect(pulled.path == folder.path + "/models/repo" && pulled.isNew)
        #expect(
            FileSystem.names(in: pulled.path)
                == [
                    "README.md", "config.json", "manifest.json", "model.safetensors", "tokenizer.json",
                    "tokenizer_config.json",
                ])
        #expect(pulled.manifest.revision == String(repeating: "a", count: 40))
        #expect(try hub.store.verify(ModelName("repo")) == pulled.manifest)
        let requestCount = server.requests.count
        let again = try await hub.pull(ModelSource("hf:owner/repo"))
        #expect(again.manifest == pulled.manifest && !again.isNew && server.requests.count == requestCount)
        #expect(try await hub.pull(ModelSource("hf:owner/repo"), isForced: true).isNew)
    }

    @Test func `shards are found whatever the number of their digits`() async throws {
        let files: [String: [UInt8]] = [
            "config.json": [1], "tokenizer.json": [2], "model.safetensors.index.json": [3],
            "model-000001-of-000002.safetensors": [4], "model-000002-of-000002.safetensors": [5],
            "model-1-of-2.safetensors": [6],
        ]
        let server = try ScriptedServer(Self.hub(files))
        defer { server.stop() }
        let pulled = try await hub(at: server).pull(ModelSource("hf:owner/repo"))
        #expect(Set(pulled.manifest.files.map(\.name)) == Set(files.keys).subtracting(["model-1-of-2.safetensors"]))
    }

    @Test func `a checksum is for one file`() async throws {
        let server = try ScriptedServer(Self.hub(directory))
        defer { server.stop() }
        let hub = try hub(at: server)
        let error = await #expect(throws: HubError.self) {
            try await hub.pull(ModelSource("hf:owner/repo"), sha256: sha256(weights))
        }
        guard case .invalidSetting("--sha256", _) = error else { Issue.record("\(String(describing: error))"); return }
        #expect(server.requests.count == 1 && hub.store.contents().models == [])
    }

    @Test func `one file of a repository is a model of its own`() async throws {
        let server = try ScriptedServer(Self.hub(["Q4/m.gguf": weights, "Q8/m.gguf": gguf(2000)]))
        defer { server.stop() }
        let hub = try hub(at: server)
        let pulled = try await hub.pull(ModelSource("hf:owner/repo/Q4/m.gguf"))
        #expect(pulled.path == folder.path + "/models/m/m.gguf")
        #expect(try folder.bytes("models/m/m.gguf") == weights)
        let taken = await #expect(throws: HubError.self) { try await hub.pull(ModelSource("hf:owner/repo/Q8/m.gguf")) }
        #expect(taken == .nameTaken("m", source: "hf:owner/repo/Q4/m.gguf"))
        let other = try await hub.pull(ModelSource("hf:owner/repo/Q8/m.gguf"), name: ModelName("m8"))
        #expect(other.manifest.byteCount == 2000)
    }

    @Test func `what cannot be chosen is explained`() async throws {
        let cases: [(files: [String: [UInt8]], source: String, says: String)] = [
            (["a.gguf": [1], "b.gguf": [2]], "hf:owner/repo", "hf:owner/repo/b.gguf"),
            (["pytorch_model.bin": [1]], "hf:owner/repo", "neither a GGUF file nor"),
            (["config.json": [1], "model.safetensors": [1]], "hf:owner/repo", "no tokenizer.json"),
            (["model.Q4_0.gguf": [1]], "hf:owner/repo/model.Q40.gguf", "Near to it: model.Q4_0.gguf"),
            (["m-00001-of-00002.gguf": [1]], "hf:owner/repo", "split"),
            (["m-000001-of-000002.gguf": [1]], "hf:owner/repo", "split"),
            (["README.md": [1]], "hf:owner/repo/README.md", "not a GGUF file"),
        ]
        for (files, source, says) in cases {
            let server = try ScriptedServer(Self.hub(files))
            defer { server.stop() }
            let hub = try hub(at: server)
            let error = await #expect(throws: HubError.self) { try await hub.pull(ModelSource(source)) }
            #expect(error?.description.contains(says) == true, "\(String(describing: error))")
        }
        #expect(try hub(at: ScriptedServer { _, _ in [] }).store.contents().models == [])
        #expect(folder.names.contains("models") == false || FileSystem.names(in: folder.path + "/models") == [])
    }

    @Test(arguments: [
        "", "[]", "{", #"{"siblings":[{}]}"#, #"{"siblings":[{"rfilename":3}]}"#, "\u{0}",
        #"{"siblings":[{"rfilename":"x.gguf","size":9223372036854775807},{"rfilename":"y.gguf","size":9223372036854775807}]}"#,
        #"{"siblings":[{"rfilename":"x.gguf","size":-1}]}"#,
    ])
    func `a listing that is none is an error`(text: String) async throws {
        let server = try ScriptedServer { _, _ in .answer(body: Array(text.utf8)) }
        defer { server.stop() }
        let hub = try hub(at: server)
        let error = await #expect(throws: HubError.self) { try await hub.pull(ModelSource("hf:owner/repo")) }
        guard case .malformedAnswer = error else { Issue.record("\(String(describing: error))"); return }
    }

    @Test func `a token goes to the hub only, and a missing one is named`() async throws {
        let server = try ScriptedServer(
            Self.hub(["m.gguf": weights]) { request, _ in
                request["Authorization"] == "Bearer t0k" ? nil : .answer(401)
            })
        defer { server.stop() }
        let without = try hub(at: server)
        let error = await #expect(throws: HubError.self) { try await without.pull(ModelSource("hf:owner/repo")) }
        #expect(error?.description.contains("HF_TOKEN") == true)
        let with = try hub(at: server, environment: ["HF_TOKEN": "t0k"])
        #expect(try await with.pull(ModelSource("hf:owner/repo")).isNew)
    }

    @Test func `an interrupted pull of several files goes on with the one that broke`() async throws {
        let files = directory
        let server = try ScriptedServer(
            Self.hub(files) { [weights] request, number in
                request.path.hasSuffix("model.safetensors") && number < 13 && request["Range"] == nil
                    ? .file(weights, for: request, cutAfter: 20_000)
                    : request["Range"] != nil && number < 10 ? .answer(500) : nil
            })
        defer { server.stop() }
        let hub = try hub(at: server)
        await #expect(throws: HubError.self) { try await hub.pull(ModelSource("hf:owner/repo")) }
        #expect(hub.store.contents().models == [])
        let events = Events<PullEvent>()
        let pulled = try await hub.pull(ModelSource("hf:owner/repo")) { events.add($0) }
        #expect(pulled.resumedFrom == 20_004)
        #expect(server.requests.last?["Range"] == "bytes=20000-")
        #expect(server.requests.filter { $0.path.hasSuffix("/config.json") }.count == 1)
        #expect(try hub.store.verify(ModelName("repo")) == pulled.manifest)
        #expect(FileSystem.names(in: folder.path + "/downloads") == [])
    }

    @Test func `two pulls of the same thing fetch it once`() async throws {
        let events = Events<PullEvent>()
        let server = try ScriptedServer(
            Self.hub(["m.gguf": weights]) { [weights] request, _ in
                // The file comes when the other pull has begun to wait for it.
                let pause = ScriptedServer.Action.call {
                    while !events.all.contains(.waiting) { Thread.sleep(forTimeInterval: 0.005) }
                }
                return request.path.hasSuffix("m.gguf") ? [pause] + .file(weights, for: request) : nil
            })
        defer { server.stop() }
        let (first, second) = (try hub(at: server), try hub(at: server))
        async let one = first.pull(ModelSource("hf:owner/repo")) { events.add($0) }
        async let two = second.pull(ModelSource("hf:owner/repo")) { events.add($0) }
        let results = try await [one, two]
        #expect(results.map(\.manifest)[0] == results.map(\.manifest)[1])
        #expect(Set(results.map(\.isNew)) == [true, false])
        #expect(events.all.contains(.waiting))
        #expect(server.requests.filter { $0.path.hasSuffix("m.gguf") }.count == 1)
    }

    @Test func `a web address is pulled, with the checksum that was asked for`() async throws {
        let server = try ScriptedServer { [weights] request, _ in .file(weights, for: request) }
        defer { server.stop() }
        let hub = try hub(at: server)
        let source = ModelSource.address(try server.address("some/Model.gguf"))
        await #expect(throws: HubError.self) { try await hub.pull(source, sha256: sha256([])) }
        await #expect(throws: HubError.self) { try await hub.pull(source, sha256: "abc") }
        let pulled = try await hub.pull(source, sha256: sha256(weights).uppercased())
        #expect(pulled.manifest.name == "model" && pulled.manifest.files.map(\.sha256) == [sha256(weights)])
    }

    @Test func `a web page is not taken for a model`() async throws {
        let server = try ScriptedServer { request, _ in .file(Array("<!doctype html>".utf8), for: request) }
        defer { server.stop() }
        let hub = try hub(at: server)
        let source = ModelSource.address(try server.address("some/Model.gguf"))
        let error = await #expect(throws: HubError.self) { try await hub.pull(source) }
        #expect(error?.description.contains("\"<!do\"") == true)
        #expect(FileSystem.names(in: folder.path + "/downloads") == [])
    }

    @Test func `the hub's page about a file leads to the file`() async throws {
        let server = try ScriptedServer(Self.hub(["Q4/m.gguf": weights]))
        defer { server.stop() }
        let source = ModelSource.address(try server.address("owner/repo/blob/main/Q4/m.gguf"))
        let pulled = try await hub(at: server).pull(source)
        #expect(pulled.manifest.source == "hf:owner/repo/Q4/m.gguf")
    }
}
