import Foundation
import Testing

@testable import TandemHub

/// Text from users, servers and environments that becomes names, paths and addresses.
struct NamesAndSourcesTests {
    @Test(arguments: [
        "hf:a/b", "hf:a/b/file.gguf", "hf:a/b/Q4/file.gguf", "hf:a/b@main", "hf:a/b/file.gguf@v1.0",
        "hf:a/b/file.gguf@refs/pr/3", "smollm2-135m-instruct", "https://example.org/models/x.gguf",
    ])
    func `a source's description leads to the same source`(text: String) throws {
        let source = try ModelSource(text)
        #expect(source.description == text)
        #expect(try ModelSource(source.description) == source)
    }

    @Test func `a revision may stand after the repository`() throws {
        #expect(try ModelSource("hf:a/b@v1/c.gguf") == ModelSource("hf:a/b/c.gguf@v1"))
        #expect(try ModelSource("hf://a/b") == ModelSource("hf:a/b"))
    }

    @Test(arguments: [
        "", "hf:", "hf:a", "hf:a/", "hf:/b", "hf:../b", "hf:a/..", "hf:a/b/../c.gguf", "hf:a/b/", "hf:a/b//c.gguf",
        "hf:a/b@", "hf:a/b@../x", "hf:a b/c", "hf:a/b/c\u{0}.gguf", "hf:a/b/.hidden.gguf", "hf:.a/b", "hf:a?x/b",
        "https://", "https://example.org/", "https://example.org/x.bin", "https://u:p@example.org/x.gguf",
        "https://example.org/%2e%2e%2fx.gguf", "ftp://example.org/x.gguf", "a/b", "/etc/passwd", "ä",
    ])
    func `nonsense is refused with a sentence`(text: String) {
        let error = #expect(throws: HubError.self) { try ModelSource(text) }
        #expect(error?.description.isEmpty == false)
    }

    @Test func `an address's query, which may hold a signature, is in no description`() throws {
        let source = try ModelSource("https://example.org/x.gguf?key=secret#part")
        #expect(source.description == "https://example.org/x.gguf")
    }

    @Test(arguments: [
        "", ".", "..", "../x", "a/b", "a\\b", "/x", "x\u{0}", "x\ny", "x\u{202E}fdp", ".x", "-rf", "manifest.json",
        "x.partial", "x.partial.json", "C:x", "a*b", String(repeating: "x", count: 201),
    ])
    func `a name that could do harm becomes no file`(name: String) {
        #expect(!SafeFileName.isSafe(name))
    }

    @Test(arguments: ["model.gguf", "SmolLM2-135M-Instruct.Q4_1.gguf", "a b.gguf", "模型.gguf", "x~1", "a..b"])
    func `ordinary names become files`(name: String) {
        #expect(SafeFileName.isSafe(name))
    }

    @Test func `names of models are derived from files and repositories`() throws {
        func name(_ text: String) throws -> String {
            try ModelHub.defaultName(for: ModelSource(text)).description
        }
        #expect(try name("hf:Owner/SmolLM2-GGUF/Q4/SmolLM2.Q4_1.gguf") == "smollm2.q4_1")
        #expect(try name("hf:Owner/Some_Repo") == "some_repo")
        #expect(try name("https://example.org/My%20Model.GGUF") == "my-model")
        #expect(throws: HubError.self) { try ModelName("") }
        #expect(throws: HubError.self) { try ModelName("a/b") }
        #expect(throws: HubError.self) { try ModelName("a..b") }
        #expect(throws: HubError.self) { try ModelName("A") }
        #expect(throws: HubError.self) { try ModelName(derivedFrom: "模型") }
    }

    @Test func `addresses of the hub escape what they must`() throws {
        let endpoint = try #require(URL(string: "https://hub.example.org"))
        let repository = try HubRepository(owner: "a", name: "b", revision: "refs/pr/1")
        #expect(
            try repository.listingAddress(endpoint: endpoint).absoluteString
                == "https://hub.example.org/api/models/a/b/revision/refs%2Fpr%2F1?blobs=true")
        #expect(
            try repository.fileAddress(endpoint: endpoint, file: "Q 4/ü?#.gguf", commit: nil).absoluteString
                == "https://hub.example.org/a/b/resolve/refs%2Fpr%2F1/Q%204/%C3%BC%3F%23.gguf")
    }

    @Test func `the environment decides where the store is`() throws {
        func root(_ environment: [String: String]) throws -> String {
            try HubSettings(environment: environment, homeDirectory: "/home/me").root
        }
        #expect(try root(["TANDEM_HOME": "/data/t", "XDG_CACHE_HOME": "/cache"]) == "/data/t")
        #expect(try root(["TANDEM_HOME": "~/t"]) == "/home/me/t")
        // Helper programs run in other folders, so that a relative path must not reach them.
        let settings = try HubSettings(
            environment: ["TANDEM_HOME": "t/u"], homeDirectory: "/home/me", currentDirectory: "/there")
        #expect(settings.root == "/there/t/u")
        #expect(try root(["TANDEM_HOME": "t"]) == FileManager.default.currentDirectoryPath + "/t")
        #expect(try root(["TANDEM_HOME": " ", "XDG_CACHE_HOME": "/cache"]) == "/cache/tandem")
        // The XDG rules: relative paths are to be ignored.
        let usual = try root([:])
        #expect(try root(["XDG_CACHE_HOME": "cache"]) == usual)
        #expect(usual.hasPrefix("/home/me/") && usual.hasSuffix("/tandem"))
    }

    @Test func `endpoint and token are checked`() throws {
        func settings(_ environment: [String: String]) throws -> HubSettings {
            try HubSettings(environment: environment, homeDirectory: "/")
        }
        #expect(
            try settings(["HF_ENDPOINT": "http://mirror:8080/hub/"]).endpoint.absoluteString == "http://mirror:8080/hub"
        )
        #expect(try settings(["HF_TOKEN": " t \n"]).token == "t")
        #expect(try settings([:]).token == nil)
        for bad in ["mirror", "ftp://x", "http://", "http://u@x", "http://x?y"] {
            #expect(throws: HubError.self) { try settings(["HF_ENDPOINT": bad]) }
        }
        #expect(throws: HubError.self) { try settings(["HF_TOKEN": "a\r\nX-Evil: 1"]) }
    }

    @Test func `near names are near`() {
        let names = ["smollm2-135m-instruct", "smollm2-360m-instruct", "llama-3.2-1b"]
        #expect(NearNames.near("smollm2-135m-instrct", among: names).first == names[0])
        #expect(NearNames.near("smolml2-135m-instruct", among: names).first == names[0])
        #expect(NearNames.near("360m", among: names) == [names[1]])
        #expect(NearNames.near("mistral", among: names) == [])
        #expect(NearNames.keystrokes(from: Array("ab".unicodeScalars), to: Array("ba".unicodeScalars)) == 1)
        #expect(NearNames.keystrokes(from: [], to: Array("abc".unicodeScalars)) == 3)
    }

    @Test func `the catalogue's entry is the file that everybody has`() throws {
        let entry = try #require(Catalogue.standard[ModelName("smollm2-135m-instruct")])
        #expect(entry.byteCount == 98_362_432)
        #expect(Checksum.isSHA256(entry.sha256))
        #expect(SafeFileName.isSafe(entry.file))
        #expect(entry.ways.count == 2)
    }
}
