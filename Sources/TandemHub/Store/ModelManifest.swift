public import Foundation
import TandemJSON

/// What a stored model consists of and where it came from: the `manifest.json` in its folder.
public struct ModelManifest: Sendable, Equatable, Encodable {
    /// One file of a model.
    public struct File: Sendable, Equatable, Encodable {
        /// The file's name in the model's folder.
        public var name: String
        /// Length in bytes.
        public var byteCount: Int
        /// SHA-256 of the contents, 64 small hexadecimal digits.
        public var sha256: String

        /// A file that was fetched and checked.
        public init(name: String, byteCount: Int, sha256: String) {
            self.name = name
            self.byteCount = byteCount
            self.sha256 = sha256
        }

        enum CodingKeys: String, CodingKey {
            case name
            case byteCount = "bytes"
            case sha256
        }
    }

    /// Layout of this file; readers refuse a higher one.
    public var version = 1
    /// The model's name.
    public var name: String
    /// What to give to `tandem pull` to have it again.
    public var source: String
    /// The commit of the repository that it was taken from.
    public var revision: String?
    /// By which way it came, in words.
    public var obtainedFrom: String?
    /// When it was complete.
    public var date: Date
    /// The GGUF file to load; `nil` when the folder itself is the model (`config.json` with weights).
    public var model: String?
    /// All files, in the order in which they were fetched.
    public var files: [File]

    /// The size of all files together.
    public var byteCount: Int { files.reduce(0) { $0 + $1.byteCount } }

    static let fileName = "manifest.json"

    enum CodingKeys: String, CodingKey {
        case version, name, source, revision
        case obtainedFrom = "obtained_from"
        case date, model, files
    }

    static func read(path: String) throws -> ModelManifest {
        let bytes = try FileSystem.naming(path) { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }
        let json = try? JSONValue(parsing: bytes)
        if let version = json?["version"]?.integer, version != 1 {
            throw HubError.fileFailure(
                path: path, reason: "it was written by a newer version of this program (layout \(version))")
        }
        guard let manifest = json.flatMap(ModelManifest.init) else {
            throw HubError.fileFailure(
                path: path, reason: "it cannot be read as a model's manifest; remove that folder and pull again")
        }
        // The file lies in a folder that others may write to: its names are checked like those from a server.
        for file in manifest.files { _ = try SafeFileName.check(file.name, origin: path) }
        if let model = manifest.model { _ = try SafeFileName.check(model, origin: path) }
        return manifest
    }

    func write(path: String) throws {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try FileSystem.write(encoder.encode(self), path: path)
    }
}

extension ModelManifest {
    /// What a manifest says, if it is one.
    fileprivate init?(json: JSONValue) {
        guard let version = json["version"]?.integer, let name = json["name"]?.text,
            let source = json["source"]?.text,
            let date = json["date"]?.text.flatMap({ try? Date($0, strategy: .iso8601) }),
            let entries = json["files"]?.elements
        else { return nil }
        let files = entries.compactMap { entry -> File? in
            guard let name = entry["name"]?.text, let byteCount = entry["bytes"]?.integer,
                let sha256 = entry["sha256"]?.text
            else { return nil }
            return File(name: name, byteCount: byteCount, sha256: sha256)
        }
        guard files.count == entries.count, FileLengths.arePossible(files.map(\.byteCount)) else { return nil }
        self.init(
            version: version, name: name, source: source, revision: json["revision"]?.text,
            obtainedFrom: json["obtained_from"]?.text, date: date, model: json["model"]?.text, files: files)
    }
}
