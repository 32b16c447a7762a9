import Foundation
import Synchronization
import TandemJSON

/// Judges the head of an answer against what is known of the file, then puts the body where it belongs.
final class DownloadConsumer: FollowingConsumer {
    private let request: DownloadRequest
    private let partial: PartialFile
    private let name: String
    private let report: @Sendable (PullEvent) -> Void
    private let linked = Mutex(LinkedFile())

    init(
        request: DownloadRequest, partial: PartialFile, name: String, report: @escaping @Sendable (PullEvent) -> Void
    ) {
        self.request = request
        self.partial = partial
        self.name = name
        self.report = report
    }

    func arrive(_ linked: LinkedFile) throws {
        self.linked.withLock { known in
            known.byteCount = known.byteCount ?? linked.byteCount
            known.sha256 = known.sha256 ?? linked.sha256
        }
    }

    func begin(_ head: ResponseHead) throws {
        switch head.status {
        case 200: try beginWhole(head)
        case 206: try beginRest(head)
        case 416: throw TransferFailure.startOver("the server has no such part of the file")
        default: throw ServerRefusal.error(for: head, address: request.address, credential: request.credential)
        }
    }

    func consume(_ bytes: Data) throws {
        if let total = partial.record?.totalCount, partial.count + bytes.count > total {
            throw TransferFailure.startOver("more than the announced \(total) bytes came")
        }
        try partial.append(bytes)
        report(.advanced(byteCount: partial.count))
    }

    private func beginWhole(_ head: ResponseHead) throws {
        try checkEncoding(head)
        let record = try self.record(head, total: head.contentLength)
        let lostCount = partial.count
        // A whole file in answer to a range: the server cannot do ranges, or has another version by now.
        if lostCount > 0 { try partial.clear() }
        try checkRoom(for: record.totalCount)
        try partial.describe(record)
        report(.started(file: name, totalCount: record.totalCount, resumedFrom: 0))
    }

    private func beginRest(_ head: ResponseHead) throws {
        try checkEncoding(head)
        guard partial.count > 0, let range = head.contentRange, range.start == partial.count else {
            throw TransferFailure.startOver("the server sent another part of the file than it was asked for")
        }
        var record = try self.record(head, total: range.total)
        if let before = partial.record {
            if let old = before.validator, let new = record.validator, old != new {
                throw TransferFailure.startOver("the file has changed on the server")
            }
            if let old = before.totalCount, let new = record.totalCount, old != new {
                throw TransferFailure.startOver("the file's length has changed on the server")
            }
            if let old = before.sha256, let new = record.sha256, old != new {
                throw TransferFailure.startOver("the file's checksum has changed on the server")
            }
            record.validator = record.validator ?? before.validator
            record.totalCount = record.totalCount ?? before.totalCount
            record.sha256 = record.sha256 ?? before.sha256
        }
        try checkRoom(for: record.totalCount)
        try partial.describe(record)
        report(.started(file: name, totalCount: record.totalCount, resumedFrom: partial.count))
    }

    /// What is now known of the file, from the caller, the hub and the server; they must agree.
    private func record(_ head: ResponseHead, total: Int?) throws -> PartialFile.Record {
        let linked = linked.withLock { $0 }
        for (first, second) in [
            (request.byteCount, linked.byteCount), (request.byteCount, total), (linked.byteCount, total),
        ] {
            if let first, let second, first != second {
                throw HubError.sizeMismatch(file: name, expected: first, announced: second)
            }
        }
        if let expected = request.sha256, let found = linked.sha256, expected != found {
            throw HubError.checksumMismatch(file: name, expected: expected, found: found)
        }
        return PartialFile.Record(
            source: partial.source, validator: head.validator,
            totalCount: request.byteCount ?? linked.byteCount ?? total, sha256: request.sha256 ?? linked.sha256)
    }

    private func checkEncoding(_ head: ResponseHead) throws {
        guard let encoding = head["Content-Encoding"], encoding.lowercased() != "identity" else { return }
        throw HubError.malformedAnswer(
            address: request.address.presentable,
            reason: "it is encoded as \(quoted(encoding)), which was not asked for")
    }

    private func checkRoom(for total: Int?) throws {
        let folder = partial.destination.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "/")
        guard let total, let free = FileSystem.freeByteCount(at: folder) else { return }
        let needed = total - partial.count
        if needed > free { throw HubError.noRoom(path: folder, needed: needed, free: free) }
    }
}
