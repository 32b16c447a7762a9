import Foundation

/// One file to be fetched.
struct DownloadRequest: Sendable {
    var address: URL
    var credential: Credential?
    /// The length, where a listing or the catalogue gives it.
    var byteCount: Int?
    /// The checksum, where a listing or the catalogue gives it.
    var sha256: String?
}

/// A file that was fetched and checked.
struct DownloadedFile: Sendable, Equatable {
    var byteCount: Int
    var sha256: String
    /// How many of the bytes were there from an earlier run.
    var resumedFrom: Int
}

/// Fetches files, goes on where an earlier attempt or run stopped, and keeps only what is whole and right.
struct Downloader: Sendable {
    let client: HTTPClient
    var policy = TransferPolicy()

    /// Fetches `request` to the file `destination`.
    ///
    /// The bytes are at `destination` when this returns, and not before. When it throws, they are in a ``PartialFile``
    /// that the next call goes on with, unless they were wrong.
    func download(
        _ request: DownloadRequest, to destination: String, report: @escaping @Sendable (PullEvent) -> Void
    ) async throws -> DownloadedFile {
        let partial = try PartialFile(destination: destination, address: request.address, sha256: request.sha256)
        let name = destination.split(separator: "/").last.map(String.init) ?? destination
        var attempts = Attempts(
            policy: policy, address: request.address, alreadyThere: partial.count, report: report)
        report(
            .started(
                file: name, totalCount: request.byteCount ?? partial.record?.totalCount, resumedFrom: partial.count))
        while true {
            do {
                try await attempt(request, partial: partial, name: name, report: report)
                try verify(partial, request: request, name: name)
                try partial.finish()
                return DownloadedFile(
                    byteCount: partial.count, sha256: partial.sha256, resumedFrom: partial.resumedCount)
            } catch let failure as TransferFailure {
                let reached = partial.count
                if case .startOver = failure { try partial.clear() }
                try await attempts.pause(after: failure, keptCount: partial.count, reached: reached)
            }
        }
    }

    /// One request, from where the partial file ends.
    private func attempt(
        _ request: DownloadRequest, partial: PartialFile, name: String,
        report: @escaping @Sendable (PullEvent) -> Void
    ) async throws {
        let total = request.byteCount ?? partial.record?.totalCount
        if let total, partial.count == total, total > 0 { return }
        if let total, partial.count > total { throw TransferFailure.startOver("there is more than the whole file") }
        var fields: [String: String] = [:]
        if partial.count > 0 {
            // Without a validator only a checksum can tell whether the rest belongs to the beginning.
            guard partial.record?.validator != nil || request.sha256 ?? partial.record?.sha256 != nil else {
                throw TransferFailure.startOver("the server gave nothing by which to know the file again")
            }
            fields["Range"] = "bytes=\(partial.count)-"
            fields["If-Range"] = partial.record?.validator
        }
        let consumer = DownloadConsumer(request: request, partial: partial, name: name, report: report)
        let head = try await client.follow(
            request.address, fields: fields, credential: request.credential, consumer: consumer, policy: policy)
        if let total = partial.record?.totalCount, partial.count < total {
            throw TransferFailure.transient("only \(partial.count) of \(total) bytes came")
        }
        guard head.marksItsEnd || partial.record?.totalCount != nil || partial.record?.sha256 != nil else {
            try partial.clear()
            throw HubError.malformedAnswer(
                address: request.address.presentable,
                reason: "it does not say how long the file is, so nobody can tell whether it is whole")
        }
    }

    private func verify(_ partial: PartialFile, request: DownloadRequest, name: String) throws {
        guard let expected = request.sha256 ?? partial.record?.sha256 else { return }
        let found = partial.sha256
        guard found != expected else { return }
        // Pieces of two versions may have been put together; a file in one piece is simply wrong.
        if partial.isPatched { throw TransferFailure.startOver("the parts do not fit together") }
        try partial.discard()
        throw HubError.checksumMismatch(file: name, expected: expected, found: found)
    }
}
