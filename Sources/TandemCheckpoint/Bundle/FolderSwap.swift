import Foundation

/// A folder that is written beside its place and then takes it, so that whatever is interrupted, a whole one is found again.
///
///     bundle.x7f.partial    the new one, while it is written
///     bundle.x7f.old        the one before, while the new one takes its name
///     bundle                missing between two renames, with both of the others there
struct FolderSwap {
    /// Where the folder will be.
    let path: String
    /// What the names of this swap have in common.
    private let token: String

    private static let partial = ".partial"
    private static let old = ".old"

    /// Where the new folder is to be written.
    var temporaryPath: String { "\(path).\(token)\(Self.partial)" }
    private var oldPath: String { "\(path).\(token)\(Self.old)" }

    /// Begins a swap. Nothing is written yet.
    init(path: String) {
        self.init(path: path, token: String(UInt64.random(in: 0 ... .max), radix: 36))
    }

    private init(path: String, token: String) {
        self.path = path
        self.token = token
    }

    /// Puts the new folder, which is whole now, in its place, and removes the one before.
    ///
    /// - Throws: What the system says; then the one before is still there.
    func commit() throws {
        let files = FileManager.default
        let replaces = files.fileExists(atPath: path)
        if replaces { try files.moveItem(atPath: path, toPath: oldPath) }
        do { try files.moveItem(atPath: temporaryPath, toPath: path) } catch {
            if replaces { try? files.moveItem(atPath: oldPath, toPath: path) }
            throw error
        }
        if replaces { try? files.removeItem(atPath: oldPath) }
    }

    /// Removes what has been written of the new folder.
    func abandon() { try? FileManager.default.removeItem(atPath: temporaryPath) }

    /// Ends what a process that was killed has left half done at `path`: a folder that was whole takes its place, what was
    /// being written is removed.
    static func finish(at path: String) {
        let files = FileManager.default
        for swap in remains(at: path, suffix: old) {
            if !files.fileExists(atPath: path) {
                // The old one gives way only to one that is whole.
                let isWritten = files.fileExists(atPath: swap.temporaryPath)
                try? files.moveItem(atPath: isWritten ? swap.temporaryPath : swap.oldPath, toPath: path)
            }
            if files.fileExists(atPath: path) { try? files.removeItem(atPath: swap.oldPath) }
        }
        for swap in remains(at: path, suffix: partial) { swap.abandon() }
    }

    /// The swaps that have left something whose name ends in `suffix`.
    private static func remains(at path: String, suffix: String) -> [FolderSwap] {
        let url = URL(fileURLWithPath: path)
        let prefix = url.lastPathComponent + "."
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.deletingLastPathComponent().path)) ?? []
        return names.compactMap { name in
            guard name.hasPrefix(prefix), name.hasSuffix(suffix), name.count > prefix.count + suffix.count else {
                return nil
            }
            let token = name.dropFirst(prefix.count).dropLast(suffix.count)
            // A dot would make it another folder's, or a file's: bundle.gguf beside bundle.
            return token.contains(".") ? nil : FolderSwap(path: path, token: String(token))
        }
    }
}
