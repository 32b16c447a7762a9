import Foundation
import Testing

extension ProgramTests {
    struct DistillTests {
        let model = Program.fixture("llama-f32.gguf")
        let program = Program()
        let folder = FileManager.default.temporaryDirectory.appending(path: "tandem-distill-\(UUID().uuidString)")

        private func prompts() throws -> String {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let path = folder.appending(path: "prompts.jsonl")
            let lines = ["One word", "Two words", "What else?", "And then?", "Why?"].map { #"{"turns": ["\#($0)"]}"# }
            try Data(lines.joined(separator: "\n").utf8).write(to: path)
            return path.path
        }

        private func distill(_ output: String, _ more: [String] = []) throws -> Program.Outcome {
            try program.run(
                [
                    "distill", model, "--prompts", try prompts(), "--output", folder.appending(path: output).path,
                    "--max-tokens", "8", "--shard-size", "2", "--top", "4", "--json",
                ] + more)
        }

        private func contents(_ output: String) throws -> [String: Data] {
            var files: [String: Data] = [:]
            let path = folder.appending(path: output)
            for name in try FileManager.default.contentsOfDirectory(atPath: path.path) {
                files[name] = try Data(contentsOf: path.appending(path: name))
            }
            return files
        }

        @Test func `a folder fills with shards, by one process or several, and goes on`() throws {
            defer { try? FileManager.default.removeItem(at: folder) }
            let states = ["--states", "store", "--layers", "1"]
            let whole = try distill("a", states)
            #expect(whole.status == 0, "\(whole.errors)")
            let json = try whole.json()
            #expect(json["shards"] as? Int == 3 && json["new_prompts"] as? Int == 5)
            #expect(whole.errors.contains("The shards will take up to"))
            let files = try contents("a")
            #expect(
                Set(files.keys)
                    == Set(
                        (0..<3).flatMap { shard in [".tokens", ".top", ".states"].map { "shard-0000\(shard)\($0)" } }
                    )
                    .union(["distill.json"]))
            for rank in 0..<2 {
                let part = try distill("b", states + ["--rank", "\(rank)", "--ranks", "2", "--batch", "1"])
                #expect(part.status == 0, "\(part.errors)")
            }
            #expect(try contents("b") == files)
            let again = try distill("a", states + ["--batch", "3"])
            #expect(try again.json()["new_prompts"] as? Int == 0)
        }

        @Test func `a text is read in windows`() throws {
            defer { try? FileManager.default.removeItem(at: folder) }
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let text = folder.appending(path: "text.txt")
            try Data(String(repeating: "words and more words\n", count: 20).utf8).write(to: text)
            func read(_ output: String, _ more: [String]) throws -> Program.Outcome {
                try program.run(
                    [
                        "distill", model, "--text", text.path, "--output", folder.appending(path: output).path,
                        "--window", "16", "--shard-size", "3", "--top", "4", "--json",
                    ] + more)
            }
            let whole = try read("a", [])
            #expect(whole.status == 0, "\(whole.errors)")
            #expect(try whole.json()["answer_tokens"] as? Int ?? 0 > 50)
            for rank in 0..<2 {
                #expect(try read("b", ["--rank", "\(rank)", "--ranks", "2", "--threads", "1"]).status == 0)
            }
            #expect(try contents("b") == contents("a"))
            for option in [["--max-tokens", "3"], ["--greedy-share", "1"], ["--system", "s"], ["--batch", "4"]] {
                let refused = try read("a", option)
                #expect(refused.status == 64 && refused.errors.contains(option[0]), "\(refused.errors)")
            }
            #expect(try distill("a", ["--window", "9"]).status == 64)
        }

        @Test func `conversations are read, and what the assistant says is learnt`() throws {
            defer { try? FileManager.default.removeItem(at: folder) }
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let path = folder.appending(path: "chats.jsonl").path
            let lines = (0..<4).map { number in
                #"{"messages": [{"role": "user", "content": "Say \#(number)."}, "#
                    + #"{"role": "assistant", "content": "The words and the model."}]}"#
            }
            try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
            func read(_ output: String, _ more: [String]) throws -> Program.Outcome {
                try program.run(
                    [
                        "distill", model, "--conversations", path, "--output", folder.appending(path: output).path,
                        "--shard-size", "2", "--top", "4", "--states", "store", "--json",
                    ] + more)
            }
            let whole = try read("a", [])
            #expect(whole.status == 0, "\(whole.errors)")
            let json = try whole.json()
            #expect(json["shards"] as? Int == 2 && json["new_prompts"] as? Int == 4)
            #expect((json["answer_tokens"] as? Int ?? 0) > 12 && (json["prompt_tokens"] as? Int ?? 0) > 4)
            for rank in 0..<2 {
                #expect(try read("b", ["--rank", "\(rank)", "--ranks", "2", "--threads", "1"]).status == 0)
            }
            #expect(try contents("b") == contents("a"))
            let train = try program.run([
                "train", model, "--data", folder.appending(path: "a").path, "--output",
                folder.appending(path: "run").path, "--preset", "tiny", "--layers", "2", "--steps", "1",
                "--sequence-length", "64", "--batch-tokens", "64",
            ])
            #expect(train.status == 0 && train.errors.contains("states stored"), "\(train.errors)")
            #expect(try read("a", ["--window", "9"]).status == 64)
            #expect(try read("a", ["--prompts", path]).status == 64)
            let other = try program.run([
                "distill", model, "--prompts", path, "--output", folder.appending(path: "a").path, "--shard-size", "2",
                "--top", "4", "--states", "store",
            ])
            #expect(other.status == 1 && other.errors.contains("conversations are read there"), "\(other.errors)")
        }

        @Test func `what has no room leaves the folder as it was`() throws {
            defer { try? FileManager.default.removeItem(at: folder) }
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            // A thousand answers as long as they may be: tens of terabytes.
            let turns = [String](repeating: "\"x\"", count: 1_000).joined(separator: ", ")
            let path = folder.appending(path: "long.jsonl")
            try Data("{\"turns\": [\(turns)]}".utf8).write(to: path)
            let refused = try program.run([
                "distill", model, "--prompts", path.path, "--output", folder.appending(path: "a").path, "--max-tokens",
                "16777216", "--top", "291",
            ])
            #expect(refused.status == 1 && refused.errors.contains("The shards may take"), "\(refused.errors)")
            #expect(try contents("a").isEmpty)
            #expect(try distill("a").status == 0)
        }

        @Test func `what cannot be is said in a sentence`() throws {
            defer { try? FileManager.default.removeItem(at: folder) }
            #expect(try distill("a").status == 0)
            let other = try distill("a", ["--seed", "5"])
            #expect(other.status == 1 && other.errors.contains("was begun with something else: seed (1 there, 5 now)"))
            let none = try distill("b", ["--skip", "5"])
            #expect(none.status == 1 && none.errors.contains("has 5 prompts, and --skip 5 leaves none of them"))
            let layers = try distill("b", ["--states", "store", "--layers", "99"])
            #expect(layers.status == 1 && layers.errors.contains("--layers is 99"))
            for flags in [
                ["--layers", "1"], ["--rank", "1"], ["--ranks", "2"], ["--ranks", "auto"], ["--ranks", "0"],
                ["--ranks", "2", "--rank", "2"], ["--batch", "0"], ["--limit", "0"], ["--skip", "-1"],
                ["--max-tokens", "9223372036854775807"], ["--shard-size", "9223372036854775807"],
            ] {
                #expect(try distill("b", flags).status == 64, "\(flags)")
            }
        }
    }
}
