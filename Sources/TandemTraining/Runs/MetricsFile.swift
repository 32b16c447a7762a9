import Foundation
import TandemJSON

/// What a run measures, one JSON object a line, each with its `step`.
///
/// Lines are appended whole and handed to the system at once, so that a killed run leaves at most one broken line, the last. When a
/// run goes on from a checkpoint, that line and all of later steps are dropped: they will come again.
public final class MetricsFile {
    /// Where the file is.
    public let path: String
    private let handle: FileHandle

    /// Opens the file, or makes it, for a run that goes on after `step` steps.
    ///
    /// - Throws: ``TrainingError`` if the file cannot be opened or written.
    public init(path: String, goingOnAfter step: Int) throws {
        self.path = path
        do {
            let manager = FileManager.default
            if !manager.fileExists(atPath: path) { try Data().write(to: URL(fileURLWithPath: path)) }
            handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
            let contents = try handle.readToEnd() ?? Data()
            try handle.truncate(atOffset: UInt64(Self.keptCount(of: contents, upTo: step)))
            try handle.seekToEnd()
        } catch {
            throw TrainingError("\(path) cannot be written: \(error.localizedDescription)")
        }
    }

    deinit { try? handle.close() }

    /// Appends a line: numbers by name, in alphabetical order behind the step. Numbers that JSON has no words for
    /// (infinite, not a number) become null.
    public func append(step: Int, _ values: [String: Double]) throws {
        var line = "{\"step\":\(step)"
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            line += ",\(name.jsonText):" + (value.isFinite ? "\(value)" : "null")
        }
        do {
            try handle.write(contentsOf: Data((line + "}\n").utf8))
        } catch {
            throw TrainingError("\(path) cannot be written: \(error.localizedDescription)")
        }
    }

    /// Waits until everything is on the disk: together with a checkpoint.
    public func synchronize() throws {
        do { try handle.synchronize() } catch {
            throw TrainingError("\(path) cannot be written: \(error.localizedDescription)")
        }
    }

    /// The lines of a file that are whole: step and numbers, null as nil.
    public static func read(path: String) throws -> [(step: Int, values: [String: Double])] {
        let contents: Data
        do { contents = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
            throw TrainingError("\(path) cannot be read: \(error.localizedDescription)")
        }
        return contents.split(separator: UInt8(ascii: "\n")).compactMap(line)
    }

    private static func line(_ data: Data) -> (step: Int, values: [String: Double])? {
        guard let value = try? JSONValue(parsing: [UInt8](data)), let members = value.members,
            let step = value["step"]?.integer
        else { return nil }
        var values: [String: Double] = [:]
        for member in members where member.name != "step" { values[member.name] = member.value.number }
        return (step, values)
    }

    /// Bytes of the whole lines of steps up to `step`.
    private static func keptCount(of contents: Data, upTo step: Int) -> Int {
        var kept = 0
        var start = contents.startIndex
        while let end = contents[start...].firstIndex(of: UInt8(ascii: "\n")) {
            guard let line = line(contents[start..<end]), line.step <= step else { break }
            start = contents.index(after: end)
            kept = start - contents.startIndex
        }
        return kept
    }
}
