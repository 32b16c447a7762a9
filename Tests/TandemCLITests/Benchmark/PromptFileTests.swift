import Foundation
import Tandem
@testable import TandemCLI
import TandemDecoding
import Testing

struct PromptFileTests {
    @Test func `questions come from objects a line`() throws {
        let text = """
            {"id": "q-1", "category": "x", "turns": ["First?", "And then?"]}

            {"prompt": "Second?"}
            {"id": "q-1", "prompt": "Third?"}
            """
        let questions = try PromptFile.parse(text, path: "p.jsonl", isJSON: true)
        #expect(questions.map(\.text) == ["First?", "Second?", "Third?"])
        #expect(questions.map(\.name) == ["q-1", "line 3", "q-1 (line 4)"])
    }

    @Test func `questions come from text a line`() throws {
        let questions = try PromptFile.parse("  One?\r\n\n{two}\n", path: "p.txt", isJSON: false)
        #expect(questions.map(\.text) == ["One?", "{two}"])
    }

    @Test(arguments: [#"{"id": 1}"#, #"{"turns": []}"#, #"{"turns": [""]}"#, "[1]", "{"])
    func `what has no question is named`(line: String) {
        #expect {
            try PromptFile.parse("{\"prompt\": \"a\"}\n" + line, path: "p.jsonl", isJSON: true)
        } throws: { error in
            "\(error)".hasPrefix("p.jsonl, line 2")
        }
    }

    @Test func `a sample is spread over the file`() throws {
        let path = "/dev/null"
        #expect(throws: CommandError.self) { try PromptFile(path: path) }
        let questions = try PromptFile.parse(
            (0..<10).map { "q\($0)" }.joined(separator: "\n"), path: "p", isJSON: false)
        let file = PromptFile(kind: "k", questions: questions)
        #expect(file.sample(5).map(\.text) == ["q0", "q2", "q4", "q6", "q8"])
        #expect(file.sample(99).count == 10)
    }

    @Test func `a folder stands for the files of prompts in it`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tandem-prompts-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(throws: CommandError.self) { try PromptFile.paths(in: [folder.path]) }
        for name in ["b.jsonl", "a.txt", "notes.md"] { try Data().write(to: folder.appending(path: name)) }
        let paths = try PromptFile.paths(in: ["x.jsonl", folder.path])
        #expect(paths == ["x.jsonl", folder.path + "/a.txt", folder.path + "/b.jsonl"])
    }

    @Test func `arms have names`() throws {
        #expect(try ArmCatalogue.drafting(for: "plain") == .none)
        #expect(try ArmCatalogue.drafting(for: "lookup:8") == .lookup(count: 8))
        #expect(try ArmCatalogue.drafting(for: "tandem:3+rejection").label == "tandem:3+rejection")
        #expect(try ArmCatalogue.drafting(for: "auto").label == "auto")
        #expect(try ArmCatalogue.drafting(for: "stand-alone:2").fidelity == .lossy)
        for arm in ArmCatalogue.all { #expect(try ArmCatalogue.drafting(for: arm.name) == arm.drafting) }
        for wrong in [
            "", "lookup:", "lookup:0", "lookup:65", "lookup:x", "plain:3", "plain+exact", "tandem:3+", "tandem+x",
            "nonsense",
        ] {
            #expect(throws: CommandError.self, "\(wrong)") { try ArmCatalogue.drafting(for: wrong) }
        }
    }
}
