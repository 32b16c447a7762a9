import Foundation
import Synchronization
import TandemJSON

/// A file on its way: `NAME.partial`, and beside it `NAME.partial.json`, which says what the bytes are a part of.
///
/// The record is written before the first byte, so bytes without a record, or with another source's, are worthless and
/// are thrown away. The checksum is carried along, and made anew from the disk when a download goes on.
final class PartialFile: Sendable {
    /// What the bytes are a part of.
    struct Record: Encodable, Equatable {
        /// Checksum of the address: addresses may hold signatures, which do not belong on the disk.
        var source: String
        /// The server's name for this version of the file.
        var validator: String?
        /// The length of the whole file.
        var totalCount: Int?
        /// The checksum of the whole file, where it is known beforehand.
        var sha256: String?

        /// The record in a file, if there is a whole one.
        static func read(path: String) -> Record? {
            guard let bytes = try? Data(contentsOf: URL(fileURLWithPath: path)),
                let json = try? JSONValue(parsing: [UInt8](bytes)), let source = json["source"]?.text
            else { return nil }
            return Record(
                source: source, validator: json["validator"]?.text, totalCount: json["totalCount"]?.integer,
                sha256: json["sha256"]?.text)
        }
    }

    private struct State {
        var handle: FileHandle
        var checksum = Checksum()
        var count = 0
        var record: Record?
        var resumedCount = 0
        var isPatched = false
    }

    let destination: String
    /// What identifies the address in the record.
    let source: String
    private let state: Mutex<State>

    /// Opens what is there for `destination`, if it came from `address` (and belongs to `sha256`, if both know one).
    init(destination: String, address: URL, sha256: String?) throws {
        self.destination = destination
        var identity = Checksum()
        identity.update(Data(address.absoluteString.utf8))
        source = identity.hexadecimal
        let path = destination + ".partial"
        let record = Record.read(path: path + ".json")
        let handle = try FileSystem.naming(path) {
            if !FileSystem.exists(path) { try Data().write(to: URL(fileURLWithPath: path)) }
            return try FileHandle(forUpdating: URL(fileURLWithPath: path))
        }
        state = Mutex(State(handle: handle))
        if let record, record.source == source, sha256 == nil || record.sha256 == nil || record.sha256 == sha256 {
            try resume(record, path: path)
        } else {
            try clear()
        }
    }

    deinit { state.withLock { try? $0.handle.close() } }

    /// Bytes so far.
    var count: Int { state.withLock { $0.count } }
    var record: Record? { state.withLock { $0.record } }
    var sha256: String { state.withLock { $0.checksum.hexadecimal } }
    /// Bytes that an earlier run left and that were of use.
    var resumedCount: Int { state.withLock { $0.resumedCount } }
    /// Whether the bytes come from more than one answer.
    var isPatched: Bool { state.withLock { $0.isPatched } }

    private func resume(_ record: Record, path: String) throws {
        try FileSystem.naming(path) {
            try state.withLock { state in
                state.record = record
                while let piece = try state.handle.read(upToCount: 1 << 20), !piece.isEmpty {
                    state.checksum.update(piece)
                    state.count += piece.count
                }
                state.resumedCount = state.count
            }
        }
    }

    /// Throws everything away.
    func clear() throws {
        try FileSystem.remove(destination + ".partial.json")
        try FileSystem.naming(destination + ".partial") {
            try state.withLock { state in
                (state.checksum, state.count, state.record) = (Checksum(), 0, nil)
                (state.resumedCount, state.isPatched) = (0, false)
                try state.handle.truncate(atOffset: 0)
            }
        }
    }

    /// Says what the next bytes are a part of; must come before them.
    func describe(_ record: Record) throws {
        state.withLock { $0.isPatched = $0.count > 0 }
        guard record != self.record else { return }
        try FileSystem.write(JSONEncoder().encode(record), path: destination + ".partial.json")
        state.withLock { $0.record = record }
    }

    func append(_ bytes: Data) throws {
        try state.withLock { state in
            do {
                try state.handle.write(contentsOf: bytes)
            } catch {
                throw HubError.fileFailure(
                    path: destination + ".partial",
                    reason: "\(FileSystem.reason(of: error)). \(state.count) bytes are kept; "
                        + "mend that and run the same command again to go on from there")
            }
            state.checksum.update(bytes)
            state.count += bytes.count
        }
    }

    /// Gives the complete file its name.
    func finish() throws {
        try FileSystem.naming(destination) {
            // The name must not outlive a power cut that the bytes did not.
            try state.withLock { try $0.handle.synchronize() }
            try FileSystem.remove(destination)
            try FileSystem.move(destination + ".partial", to: destination)
            try FileSystem.remove(destination + ".partial.json")
        }
    }

    /// Removes every trace.
    func discard() throws {
        try FileSystem.remove(destination + ".partial.json")
        try FileSystem.remove(destination + ".partial")
    }
}
