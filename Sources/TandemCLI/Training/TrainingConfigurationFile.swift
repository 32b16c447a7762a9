import ArgumentParser
import Foundation
import TandemJSON

/// Settings of `tandem train` in a JSON file: an object with the flags' names, without dashes in front.
///
///     { "data": "answers", "output": "run", "preset": "small", "steps": 2000, "rate": 7e-4 }
///
/// It is read as the command line that it stands for, so that there is one list of settings, one check and one set of
/// messages. What the command line itself says counts more.
struct TrainingConfigurationFile {
    /// Flags with their values.
    let settings: [(name: String, values: [String])]

    /// Reads a file and checks every setting.
    ///
    /// - Throws: ``CommandError`` that names the file and the key; for one that is not known, the nearest that is.
    init(path: String) throws {
        let json: JSONValue
        do { json = try JSONValue(parsing: Array(TextInput.read(file: path).utf8)) } catch let error as JSONError {
            throw CommandError("\(path) is not JSON: \(error).")
        }
        guard let members = json.members else {
            throw CommandError("\(path) holds \(json.kind), where an object is needed.")
        }
        var settings: [(name: String, values: [String])] = []
        for member in members {
            let name = member.name.replacingOccurrences(of: "_", with: "-")
            let values = try (member.value.elements ?? [member.value]).map { value in
                guard let text = Self.text(of: value) else {
                    throw CommandError(
                        "\(path), \"\(member.name)\": \(value.kind) is no value for a setting; give a number, a text or a truth "
                            + "value.")
                }
                return text
            }
            guard !settings.contains(where: { $0.name == name }) else {
                throw CommandError("\(path), \"\(member.name)\": this setting stands there twice.")
            }
            do {
                _ = try TrainingOptions.parse(Self.arguments(name, values))
            } catch {
                let message = TrainingOptions.message(for: error).replacingOccurrences(of: "'--", with: "'")
                throw CommandError("\(path), \"\(member.name)\": \(message)")
            }
            settings.append((name, values))
        }
        self.settings = settings
    }

    /// The command line that the file stands for, without what `others` say themselves.
    func arguments(beside others: [String]) -> [String] {
        settings.filter { setting in
            !others.contains { $0 == "--\(setting.name)" || $0.hasPrefix("--\(setting.name)=") }
        }.flatMap { Self.arguments($0.name, $0.values) }
    }

    private static func arguments(_ name: String, _ values: [String]) -> [String] {
        values.map { "--\(name)=\($0)" }
    }

    private static func text(of value: JSONValue) -> String? {
        switch value {
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let text): text
        case .null, .array, .object: nil
        }
    }
}
