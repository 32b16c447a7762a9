import Foundation
import TandemBenchmark

/// Sentences about what limits lines that miss their figure: `line: sentence`, or `format line: sentence`.
struct EngineNotes {
    private var sentences: [String: String] = [:]

    /// None.
    init() {}

    /// Those in a file; lines that are empty or begin with # are left out.
    init(path: String) throws {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw BenchmarkError("The notes in \(path) cannot be read.")
        }
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard parts.count == 2 else {
                throw BenchmarkError("In \(path) the line \"\(line)\" has no colon after the line's identifier.")
            }
            sentences[parts[0].lowercased()] = parts[1]
        }
    }

    /// What is said about a line, for this format if there is such a note. Where a sentence has `{median}`, it gets our figure
    /// to one decimal: in the table a miss by a little looks like what it must be.
    func note(on line: EngineLine, format: String) -> String? {
        let sentence = sentences["\(format.lowercased()) \(line.identifier)"] ?? sentences[line.identifier]
        guard let median = line.tandem?.median else { return sentence }
        return sentence?.replacing("{median}", with: String(format: "%.1f", median))
    }
}
