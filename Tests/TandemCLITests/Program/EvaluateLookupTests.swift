import Foundation
import TandemTraining
import Testing

extension ProgramTests {
    struct EvaluateLookupTests {
        let program = Program()
        let folder = FileManager.default.temporaryDirectory.appending(path: "tandem-lookup-\(UUID().uuidString)")

        /// A token file with nothing beside it, in which every other answer repeats its prompt.
        private func tokenFile() throws -> String {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let path = folder.appending(path: "answers.tokens").path
            let writer = try TokenFileWriter(path: path, vocabularyCount: 30, tokenizerFingerprint: "f")
            for document in 0..<4 {
                let answer = document.isMultiple(of: 2) ? [1, 2, 3, 4] : [1, 2, 5, 6]
                try writer.append([1, 2, 3, 4] + answer, marks: (0..<8).map { $0 >= 4 })
            }
            try writer.finish()
            return path
        }

        @Test func `guesses are counted, for people and for programs`() throws {
            defer { try? FileManager.default.removeItem(at: folder) }
            let path = try tokenFile()
            let table = try program.run(["evaluate", "lookup", "--data", path])
            #expect(table.status == 0, "\(table.errors)")
            #expect(table.output.contains("16 tokens of 4 documents") && table.output.contains("50.0 ± "))
            let run = try program.run(["evaluate", "lookup", "--data", path, path, "--documents", "4", "--json"])
            #expect(run.status == 0, "\(run.errors)")
            let answers = try #require(try run.json()["answers"] as? [[String: Any]])
            #expect(answers.map { $0["kind"] as? String } == ["unknown"])
            // Every other one of eight: those that repeat their prompts.
            #expect(answers[0]["documents"] as? Int == 4 && answers[0]["tokens"] as? Int == 16)
            let lengths = try #require(answers[0]["lengths"] as? [[String: Any]])
            #expect(lengths.map { $0["guesses"] as? Int } == [4, 4, 0, 0, 0, 0])
            #expect(lengths.map { $0["shortest"] as? Int } == [2, 3, 4, 5, 9, 13])
            let stood = try #require(lengths[0]["stood"] as? [String: Any])
            #expect((stood["value"] as? NSNumber)?.doubleValue == 1)
        }

        @Test func `greedy answers of a model are known as such`() throws {
            defer { try? FileManager.default.removeItem(at: folder) }
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let prompts = folder.appending(path: "prompts.jsonl")
            try Data("{\"turns\": [\"a b a b\"]}\n{\"turns\": [\"words words\"]}".utf8).write(to: prompts)
            let shards = folder.appending(path: "shards").path
            let distilled = try program.run([
                "distill", Program.fixture("llama-f32.gguf"), "--prompts", prompts.path, "--output", shards,
                "--max-tokens", "8", "--top", "4", "--greedy-share", "1", "--quiet",
            ])
            #expect(distilled.status == 0, "\(distilled.errors)")
            let run = try program.run(["evaluate", "lookup", "--data", shards, "--json", "--quiet"])
            #expect(run.status == 0, "\(run.errors)")
            let answers = try #require(try run.json()["answers"] as? [[String: Any]])
            #expect(answers.map { $0["kind"] as? String } == ["greedy"])
        }

        @Test func `what cannot be counted is said in a sentence`() throws {
            defer { try? FileManager.default.removeItem(at: folder) }
            let path = try tokenFile()
            #expect(try program.run(["evaluate", "lookup"]).status == 64)
            #expect(try program.run(["evaluate", "lookup", "--data", path, "--documents", "0"]).status == 64)
            let missing = try program.run(["evaluate", "lookup", "--data", "/nowhere.tokens"])
            #expect(missing.status == 1 && missing.errors.contains("/nowhere.tokens"), "\(missing.errors)")
            let empty = folder.appending(path: "empty.tokens").path
            let writer = try TokenFileWriter(path: empty, vocabularyCount: 30, tokenizerFingerprint: "f")
            try writer.append([1, 2, 3], marks: [false, false, false])
            try writer.finish()
            let none = try program.run(["evaluate", "lookup", "--data", empty])
            #expect(none.status == 1 && none.errors.contains("has nothing to count"), "\(none.errors)")
        }

        @Test func `a bundle is evaluated with the name of the measurement and without`() throws {
            for arguments in [["evaluate"], ["evaluate", "drafting"]] {
                let run = try program.run(arguments + ["/nowhere", "--data", "/nowhere"])
                #expect(run.status == 1 && run.errors.contains("/nowhere"), "\(run.errors)")
                #expect(try program.run(arguments + ["/nowhere"]).errors.contains("--data or --text"))
            }
        }
    }
}
