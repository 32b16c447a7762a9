import Foundation
import Testing

@testable import TandemHub

/// Models on the disk: found, listed, removed, never half there.
struct StoreTests {
    let folder: TemporaryFolder
    let store: ModelStore

    init() throws {
        folder = try TemporaryFolder()
        store = ModelStore(root: folder.path)
    }

    @discardableResult
    func add(_ name: String, source: String = "hf:a/b", bytes: [UInt8] = [1, 2, 3], model: String? = "m.gguf") throws
        -> ModelManifest
    {
        let name = try ModelName(name)
        let staging = store.stagingPath(of: name)
        try FileSystem.makeDirectory(staging)
        try FileSystem.write(Data(bytes), path: staging + "/m.gguf")
        let manifest = ModelManifest(
            name: name.description, source: source, date: Date(timeIntervalSince1970: 1), model: model,
            files: [.init(name: "m.gguf", byteCount: bytes.count, sha256: sha256(bytes))])
        try store.publish(manifest, from: staging, as: name)
        return manifest
    }

    @Test func `a published model is listed and found by name, by source and by path`() throws {
        let manifest = try add("one")
        #expect(store.contents().models == [manifest])
        let path = folder.path + "/models/one/m.gguf"
        for argument in ["one", "ONE", "hf:a/b", path] {
            #expect(try store.locate(argument) == .gguf(path: path))
        }
        #expect(try store.verify(ModelName("one")) == manifest)
    }

    @Test func `a directory needs config json`() throws {
        #expect(throws: HubError.self) { try store.locate(folder.path) }
        try folder.write([], "config.json")
        #expect(try store.locate(folder.path) == .directory(path: folder.path))
        try add("two", model: nil)
        #expect(try store.locate("two") == .directory(path: folder.path + "/models/two"))
    }

    @Test func `a directory with one GGUF file is that file`() throws {
        try folder.write([], "a.gguf")
        try folder.write([], "README.md")
        #expect(try store.locate(folder.path) == .gguf(path: folder.path + "/a.gguf"))
        #expect(try store.locate(folder.path + "/") == .gguf(path: folder.path + "/a.gguf"))
        try folder.write([], "b.gguf")
        let error = #expect(throws: HubError.self) { try store.locate(folder.path) }
        #expect(error?.description.contains("2 GGUF files, such as a.gguf") == true)
        try folder.write([], "config.json")
        #expect(try store.locate(folder.path) == .directory(path: folder.path))
    }

    @Test func `an unknown name is answered with what there is`() throws {
        try add("one")
        let error = #expect(throws: HubError.self) { try store.locate("smollm2-135m-instruc") }
        #expect(
            error
                == .unknownModel(
                    "smollm2-135m-instruc", pulled: ["one"], offered: ["smollm2-135m-instruct"],
                    suggestion: "smollm2-135m-instruct"))
        for argument in ["./one.gguf", "hf:x/y", "a/b"] {
            let error = #expect(throws: HubError.self) { try store.locate(argument) }
            guard case .noModel = error else { Issue.record("\(String(describing: error))"); return }
        }
    }

    @Test func `a new version replaces the old one, whose readers keep theirs`() throws {
        try add("one", bytes: [1, 2, 3])
        let reader = try FileHandle(forReadingFrom: URL(fileURLWithPath: store.locate("one").path))
        try add("one", bytes: [4, 5])
        #expect(try reader.readToEnd() == Data([1, 2, 3]))
        #expect(try store.model(ModelName("one"))?.byteCount == 2)
        #expect(FileSystem.names(in: folder.path + "/downloads") == [])
    }

    @Test func `a process that ended between the two versions leaves the old one`() throws {
        let name = try ModelName("one")
        let manifest = try add("one")
        try FileSystem.move(store.folder(of: name), to: store.retiredPath(of: name))
        #expect(try store.model(name) == nil)
        try store.recover(name)
        #expect(try store.model(name) == manifest)
    }

    @Test func `removing frees the bytes and leaves nothing`() throws {
        try add("one")
        try FileSystem.makeDirectory(store.stagingPath(of: ModelName("one")))
        #expect(try store.remove(ModelName("one")) >= 3)
        #expect(store.contents().models == [])
        #expect(FileSystem.names(in: folder.path + "/models") == [])
        #expect(FileSystem.names(in: folder.path + "/downloads") == [])
        #expect(throws: HubError.self) { try store.remove(ModelName("one")) }
    }

    @Test func `damage is found`() throws {
        try add("one")
        let path = try store.locate("one").path
        try Data([1, 2, 4]).write(to: URL(fileURLWithPath: path))
        #expect(throws: HubError.self) { try store.verify(ModelName("one")) }
        try Data([1]).write(to: URL(fileURLWithPath: path))
        #expect(throws: HubError.self) { try store.locate("one") }
        try FileSystem.remove(path)
        #expect(throws: HubError.self) { try store.locate("one") }
        #expect(throws: HubError.self) { try store.verify(ModelName("one")) }
    }

    @Test(arguments: [
        "", "{}", "[]", #"{"version": 2}"#,
        #"{"version":1,"name":"one","source":"x","date":"2026-01-01T00:00:00Z","files":[],"model":"../../etc/passwd"}"#,
        #"{"version":1,"name":"one","source":"x","date":"2026-01-01T00:00:00Z","#
            + #""files":[{"name":"/x","bytes":1,"sha256":""}]}"#,
    ])
    func `a manifest that is not one is an error that names it`(text: String) throws {
        try FileSystem.makeDirectory(folder.path + "/models/one")
        try folder.write(Array(text.utf8), "models/one/manifest.json")
        let error = #expect(throws: HubError.self) { try store.locate("one") }
        #expect(error?.description.contains("manifest.json") == true)
        let other = try add("two")
        let contents = store.contents()
        #expect(contents.models == [other], "a damaged model must not hide the others")
        #expect(contents.damaged.map(\.name) == ["one"] && contents.damaged.map(\.description) == [error?.description])
    }

    @Test(arguments: [[-1], [.max, .max], [1 << 50, 1]] as [[Int]])
    func `a manifest with lengths that cannot be is damaged`(lengths: [Int]) throws {
        let files = lengths.enumerated().map { #"{"name":"m\#($0)","bytes":\#($1),"sha256":""}"# }
        let manifest = #"{"version":1,"name":"one","source":"x","date":"2026-01-01T00:00:00Z","files":["#
        try FileSystem.makeDirectory(folder.path + "/models/one")
        try folder.write(Array((manifest + files.joined(separator: ",") + "]}").utf8), "models/one/manifest.json")
        #expect(store.contents().models == [] && store.contents().damaged.map(\.name) == ["one"])
    }

    @Test func `a lock is held by one at a time and ends with its holder`() throws {
        let path = folder.path + "/x.lock"
        var first = try StoreLock(path: path)
        #expect(first != nil)
        #expect(try StoreLock(path: path) == nil)
        first = nil
        #expect(try StoreLock(path: path) != nil)
    }

    @Test func `a full disk is reported in words, with what is kept`() throws {
        let address = try #require(URL(string: "http://example.org/x"))
        // Linux has a file that is always full.
        guard FileSystem.exists("/dev/full") else { return }
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/file.partial", withDestinationPath: "/dev/full")
        let error = #expect(throws: HubError.self) {
            let partial = try PartialFile(destination: folder.path + "/file", address: address, sha256: nil)
            try partial.append(Data([1]))
        }
        #expect(error?.description.contains("file.partial") == true)
    }
}
