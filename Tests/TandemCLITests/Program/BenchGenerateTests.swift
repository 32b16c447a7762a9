import Foundation
import Testing

extension ProgramTests {
    struct BenchGenerateTests {
        let model = Program.fixture("llama-f32.gguf")

        /// Runs the benchmark on two kinds of prompts.
        private func run(_ more: [String], objectCount: Int = 1) throws -> Program.Outcome {
            let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let (words, objects) = (folder.appending(path: "words.txt"), folder.appending(path: "objects.jsonl"))
            try Data("the small model\nwords words words\n".utf8).write(to: words)
            let lines = (0..<objectCount).map { #"{"id": "o\#($0)", "turns": ["a b a b a b"]}"# }
            try Data(lines.joined(separator: "\n").utf8).write(to: objects)
            return try Program().run(
                [
                    "bench", "generate", model, "--prompts", words.path, objects.path, "--max-tokens", "8",
                    "--repetitions", "2", "--quiet",
                ] + more)
        }

        @Test func `arms are compared kind by kind, and their texts are the same`() throws {
            let run = try run(["--arms", "lookup:2,lookup:4", "--json"])
            #expect(run.status == 0, "\(run.errors)")
            let json = try run.json()
            #expect(json["kinds"] as? [String] == ["words", "objects"])
            #expect((json["differences"] as? [Any])?.isEmpty == true)
            let arms = try #require(json["arms"] as? [[String: Any]])
            #expect(arms.map { $0["name"] as? String } == ["plain", "lookup:2", "lookup:4"])
            for arm in arms {
                #expect(arm["texts_compared"] as? Int == 6 && arm["texts_same"] as? Int == 6)
                #expect((arm["kinds"] as? [Any])?.count == 2)
                let ratio = try #require(arm["ratio"] as? [String: Any])
                #expect((ratio["samples"] as? [Double])?.count == 2 && (ratio["median"] as? Double ?? 0) > 0)
            }
        }

        @Test func `tables are for people, for programs, and for browsers`() throws {
            let page = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString + ".html")
            defer { try? FileManager.default.removeItem(at: page) }
            let table = try run(["--temperature", "1", "--html", page.path])
            #expect(table.status == 0, "\(table.errors)")
            #expect(table.output.contains("times as fast as plain") && table.output.contains("same 6/6"))
            let html = try String(contentsOf: page, encoding: .utf8)
            #expect(html.contains("<svg") && html.contains("Yes: all 12 texts") && html.contains("--temperature 1"))
            let csv = try run(["--csv"]).output.split(separator: "\n")
            #expect(csv.count == 1 + 2 * 3)
            #expect(Set(csv.map { $0.split(separator: ",", omittingEmptySubsequences: false).count }) == [11])
        }

        @Test func `many conversations are answered at once, with the same texts`() throws {
            let two = try run(["--conversations", "2", "--json"], objectCount: 2)
            #expect(two.status == 0, "\(two.errors)")
            let arms = try #require(try two.json()["arms"] as? [[String: Any]])
            #expect(arms.allSatisfy { $0["texts_same"] as? Int == 8 })
            let many = try run(["--conversations", "2"])
            #expect(
                many.status == 1
                    && many.errors.contains("objects.jsonl: 1 prompt cannot be answered 2 at once"), "\(many.errors)")
        }

        @Test(arguments: [
            (["--arms", "nonsense"], "no arm"), (["--arms", "lookup:99"], "1 to 64"),
            (["--temperature", "-1"], "temper"),
            (["--csv", "--json"], "one of"), (["--peer", "nobody"], "peer"), (["--draft-model", "x"], "--peer"),
            (["--max-tokens", "1"], "--max-tokens is 1"),
        ])
        func `a bad option is a usage error with a sentence`(_ options: [String], _ part: String) throws {
            let run = try run(options)
            #expect(run.status == 64 && run.errors.contains(part), "\(run.errors)")
        }

        @Test func `a peer that is not there is missed with the remedy`() throws {
            let run = try run(["--peer", "llama.cpp", "--peer-python", "/nowhere/python"])
            #expect(run.status == 1 && run.errors.contains("setup.sh"))
        }
    }
}
