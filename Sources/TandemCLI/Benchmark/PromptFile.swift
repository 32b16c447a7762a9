import Foundation
import TandemJSON

/// Questions for a benchmark, from a file.
///
/// `*.jsonl` has an object a line, with `turns` (a list of texts, of which the first is asked) or `prompt`, and an `id` if it
/// wants one; any other file is text with a question a line.
struct PromptFile {
    struct Question: Equatable {
        var name: String
        var text: String
    }

    /// The file's name without its ending: what the questions have in common.
    let kind: String
    let questions: [Question]

    /// Questions from elsewhere.
    init(kind: String, questions: [Question]) {
        self.kind = kind
        self.questions = questions
    }

    /// Reads a file.
    ///
    /// - Throws: ``CommandError`` that names the line.
    init(path: String) throws {
        let url = URL(fileURLWithPath: path)
        kind = url.deletingPathExtension().lastPathComponent
        let text = try TextInput.read(file: path)
        questions = try Self.parse(text, path: path, isJSON: ["jsonl", "ndjson"].contains(url.pathExtension))
        guard !questions.isEmpty else { throw CommandError("\(path) has no questions in it.") }
    }

    /// The files that are meant by paths: of a folder those in it whose names end in `.jsonl`, `.ndjson` or `.txt`, by name.
    ///
    /// - Throws: ``CommandError`` for a folder without any.
    static func paths(in given: [String]) throws -> [String] {
        try given.flatMap { path in
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
                return [path]
            }
            let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
            let files = names.filter { name in ["jsonl", "ndjson", "txt"].contains { name.hasSuffix("." + $0) } }
            guard !files.isEmpty else {
                throw CommandError("\(path) is a folder without files of prompts (.jsonl, .ndjson, .txt).")
            }
            return files.sorted().map { (path.hasSuffix("/") ? path : path + "/") + $0 }
        }
    }

    static func parse(_ text: String, path: String, isJSON: Bool) throws -> [Question] {
        var questions: [Question] = []
        var names: Set<String> = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let line = line.drop(while: \.isWhitespace)
            guard !line.isEmpty else { continue }
            let number = "line \(index + 1)"
            guard isJSON else {
                questions.append(Question(name: number, text: String(line)))
                continue
            }
            let value: JSONValue
            do {
                value = try JSONValue(parsing: [UInt8](line.utf8))
            } catch {
                throw CommandError("\(path), \(number): \(error.problem).")
            }
            guard let question = value["turns"]?.elements?.first?.text ?? value["prompt"]?.text, !question.isEmpty
            else {
                throw CommandError(
                    "\(path), \(number) has no question: it needs \"turns\", a list of texts, or \"prompt\".")
            }
            let id = value["id"]?.text ?? number
            questions.append(Question(name: names.insert(id).inserted ? id : "\(id) (\(number))", text: question))
        }
        return questions
    }

    /// At most `count` of the questions, spread over the file.
    func sample(_ count: Int) -> [Question] {
        guard count < questions.count else { return questions }
        return (0..<count).map { questions[$0 * questions.count / count] }
    }
}
