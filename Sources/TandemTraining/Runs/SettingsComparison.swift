import TandemJSON

/// What differs between two runs' settings, as ``TrainingRun/settingsText(_:facts:)`` writes them down.
enum SettingsComparison {
    /// How many differences are worth reading.
    private static let shownCount = 8

    /// The settings that differ, each with its value there and now; nil if the texts do not say.
    static func differences(there: String, now: String) -> String? {
        guard let there = leaves(of: there), let now = leaves(of: now) else { return nil }
        let differences = Set(there.keys).union(now.keys).sorted().filter { there[$0] != now[$0] }.map { name in
            "\(shortened(name)) (\(there[name] ?? "not set") there, \(now[name] ?? "not set") now)"
        }
        guard !differences.isEmpty else { return nil }
        let shown = differences.prefix(shownCount).joined(separator: ", ")
        let rest = differences.count - shownCount
        return rest > 0 ? shown + " and \(rest) more" : shown
    }

    /// All values that are no objects and no lists, by their paths.
    private static func leaves(of text: String) -> [String: String]? {
        guard let value = try? JSONValue(parsing: Array(text.utf8)), value.members != nil else { return nil }
        var leaves: [String: String] = [:]
        add(value, at: "", to: &leaves)
        return leaves
    }

    private static func add(_ value: JSONValue, at path: String, to leaves: inout [String: String]) {
        if let members = value.members, !members.isEmpty {
            for member in members {
                add(member.value, at: path.isEmpty ? member.name : "\(path).\(member.name)", to: &leaves)
            }
        } else if let elements = value.elements, !elements.isEmpty {
            for (index, element) in elements.enumerated() { add(element, at: "\(path)[\(index)]", to: &leaves) }
        } else {
            leaves[path] = value.document
        }
    }

    /// A path without the word that only says which half of the settings it is in.
    private static func shortened(_ path: String) -> String {
        for half in ["trainer.", "facts."] where path.hasPrefix(half) { return String(path.dropFirst(half.count)) }
        return path
    }
}
