import Foundation
import TandemMath

/// Foundation's file calls with errors that name the file and the reason.
enum FileSystem {
    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    static func isDirectory(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }

    static func byteCount(_ path: String) -> Int? {
        (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)?.intValue
    }

    static func freeByteCount(at path: String) -> Int? {
        (try? FileManager.default.attributesOfFileSystem(forPath: path)[.systemFreeSize] as? NSNumber)?.intValue
    }

    static func makeDirectory(_ path: String) throws {
        try naming(path) { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    }

    /// Removes what is at `path`, whatever it is, if there is anything.
    static func remove(_ path: String) throws {
        // `fileExists` follows links and so does not see a broken one.
        guard (try? FileManager.default.attributesOfItem(atPath: path)) != nil else { return }
        try naming(path) { try FileManager.default.removeItem(atPath: path) }
    }

    static func move(_ source: String, to target: String) throws {
        try naming(target) { try FileManager.default.moveItem(atPath: source, toPath: target) }
    }

    static func names(in directory: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
    }

    /// Replaces the file at `path` as a whole, or not at all.
    static func write(_ data: Data, path: String) throws {
        try naming(path) {
            let file = try ReplacementFile(path: path)
            try file.write([UInt8](data))
            try file.commit()
        }
    }

    /// Total size of the regular files below `directory`.
    static func totalByteCount(below directory: String) -> Int {
        guard let walk = FileManager.default.enumerator(atPath: directory) else { return 0 }
        var total = 0
        while let name = walk.nextObject() as? String {
            let path = directory + "/" + name
            if !isDirectory(path) { total += byteCount(path) ?? 0 }
        }
        return total
    }

    static func naming<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as HubError { throw error } catch let error as MappedFileError {
            throw HubError.fileFailure(path: path, reason: error.reason)
        } catch {
            throw HubError.fileFailure(path: path, reason: reason(of: error))
        }
    }

    /// The operating system's own words where there are any: Foundation's hide them one level down.
    static func reason(of error: any Error) -> String {
        let outer = error as NSError
        let inner = outer.userInfo[NSUnderlyingErrorKey] as? NSError
        for candidate in [inner, outer] {
            if let candidate, candidate.domain == NSPOSIXErrorDomain {
                return POSIXError(POSIXErrorCode(rawValue: Int32(candidate.code)) ?? .EIO).localizedDescription
            }
        }
        return outer.localizedDescription.trimmingCharacters(in: CharacterSet(charactersIn: "."))
    }
}
