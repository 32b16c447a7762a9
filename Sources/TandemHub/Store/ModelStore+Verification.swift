extension ModelStore {
    /// Compares every byte of a model with the checksums in its manifest.
    ///
    /// - Parameters:
    ///   - name: The model.
    ///   - report: Given a file's name, the bytes of it that were read so far (0 at its beginning), and its length.
    /// - Throws: ``HubError/fileFailure(path:reason:)`` for the first file that is not as it was.
    public func verify(_ name: ModelName, report: (String, Int, Int) -> Void = { _, _, _ in }) throws -> ModelManifest {
        guard let manifest = try model(name) else { throw unknown(name.description, offered: []) }
        for file in manifest.files {
            let path = folder(of: name) + "/" + file.name
            guard FileSystem.exists(path) else {
                throw HubError.fileFailure(
                    path: path, reason: "it is missing; run 'tandem pull --force \(manifest.source)'")
            }
            report(file.name, 0, file.byteCount)
            let found = try Checksum.ofFile(path) { report(file.name, $0, file.byteCount) }
            guard found == file.sha256 else {
                throw HubError.fileFailure(
                    path: path,
                    reason: "it has SHA-256 \(found), but had \(file.sha256) when it was pulled; "
                        + "run 'tandem pull --force \(manifest.source)'")
            }
        }
        return manifest
    }
}
