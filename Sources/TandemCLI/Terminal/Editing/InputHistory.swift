import Foundation

/// What was said before, to be called back with the arrow keys, and the file that keeps it.
///
/// The file holds a JSON string a line, oldest first, readable by its owner only.
struct InputHistory {
    static let limit = 1000

    private(set) var entries: [String] = []
    private let path: String?
    /// Which entry is shown; `entries.count` is the line that is being written.
    private var place = 0
    private var draft = ""

    /// What the file at `path` holds. One that cannot be read is as good as none.
    init(path: String?) {
        self.path = path
        if let path, let data = FileManager.default.contents(atPath: path) {
            let lines = data.split(separator: UInt8(ascii: "\n"))
            entries = lines.suffix(Self.limit).compactMap { JSONInput.string($0) }
        }
        place = entries.count
    }

    /// Adds a line, unless it is empty or the same as the last.
    ///
    /// - Throws: If the file cannot be written; the line is remembered for this session.
    mutating func add(_ line: String) throws {
        defer { place = entries.count }
        guard !line.isEmpty, line != entries.last else { return }
        entries.append(line)
        if entries.count > Self.limit { entries.removeFirst(entries.count - Self.limit) }
        guard let path else { return }
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var data = Data()
        for entry in entries {
            data += try JSONEncoder().encode(entry)
            data.append(UInt8(ascii: "\n"))
        }
        try data.write(to: URL(fileURLWithPath: path), options: .atomic)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }

    /// The entry before the one that is shown, or `nil` if there is none.
    ///
    /// - Parameter current: What is written now, to be found again on the way back.
    mutating func previous(_ current: String) -> String? {
        guard place > 0 else { return nil }
        if place == entries.count { draft = current }
        place -= 1
        return entries[place]
    }

    /// The entry after the one that is shown, at last the line that was being written.
    mutating func next() -> String? {
        guard place < entries.count else { return nil }
        place += 1
        return place == entries.count ? draft : entries[place]
    }

    /// Back to a new line.
    mutating func reset() { place = entries.count }
}
