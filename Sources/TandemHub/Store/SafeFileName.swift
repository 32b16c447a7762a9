/// Whether a name that came from outside may become a file of the store.
///
/// One path component only: no separators of any system, no `.` or `..`, no control or direction-changing characters,
/// no leading dot or dash, none of the names that the store uses itself.
enum SafeFileName {
    static func check(_ name: String, origin: String) throws -> String {
        guard isSafe(name) else { throw HubError.unsafeFileName(name, origin: origin) }
        return name
    }

    /// The last component of a path inside a repository; every component must be safe.
    static func lastComponent(ofPath path: String, origin: String) throws -> String {
        let components = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard let last = components.last, components.allSatisfy(isSafe) else {
            throw HubError.unsafeFileName(path, origin: origin)
        }
        return last
    }

    static func isSafe(_ name: String) -> Bool {
        guard let first = name.first, first != ".", first != "-", name.utf8.count <= 200 else { return false }
        let reserved = [ModelManifest.fileName, ".partial", ".partial.json", ".log"]
        guard !reserved.contains(where: { name.lowercased().hasSuffix($0) }) else { return false }
        return name.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: false
            default: !"/\\:*?\"<>|".unicodeScalars.contains(scalar)
            }
        }
    }
}
