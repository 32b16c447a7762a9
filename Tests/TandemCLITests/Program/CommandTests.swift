import Foundation
import Testing

extension ProgramTests {
    struct CommandTests {
        let model = Program.fixture("llama-f32.gguf")

        @Test func `text becomes tokens and text again`() throws {
            let text = "The small model and words: é, 123.\nIt's is <|im_start|>"
            let json = try Program().run(["tokenize", model, text, "--json"]).json()
            let ids = try #require(json["tokens"] as? [Int])
            #expect(ids.last == 1)
            let list = ids.map(String.init).joined(separator: ",")
            #expect(try Program().run(["tokenize", model, "--decode", list]).output == text + "\n")
            let literal = try Program().run(["tokenize", model, text, "--json", "--literal"]).json()
            #expect((literal["tokens"] as? [Int])?.contains(1) == false)
            #expect(literal["text"] as? String == text)
            let lines = try Program().run(["tokenize", model, "--jsonl"], input: "\"a\\nb\"\n\"\"\n")
            let arrays = lines.output.split(separator: "\n").map {
                try? JSONDecoder().decode([Int].self, from: Data($0.utf8))
            }
            #expect(arrays.count == 2 && arrays[1] == [])
            let back = try Program().run(["tokenize", model, "--jsonl", "--decode", ""], input: lines.output)
            #expect(back.output == "\"a\\nb\"\n\"\"\n")
            let broken = try Program().run(
                ["tokenize", model, "--jsonl"], bytes: Array("\"a\"\n\"".utf8) + [0xFF] + Array("\"\n".utf8))
            #expect(broken.status == 1 && broken.output.split(separator: "\n").count == 1)
            #expect(broken.errors.contains("Line 2 of standard input is not UTF-8"), "\(broken.errors)")
        }

        @Test func `tokens that are none are refused`() throws {
            let beyond = try Program().run(["tokenize", model, "--decode", "99999"])
            #expect(beyond.status == 1 && beyond.errors.contains("token 99999"))
            #expect(try Program().run(["tokenize", model, "--decode", "1,x"]).status == 64)
        }

        @Test(arguments: ["llama-f32.gguf", "llama-k.gguf", "qwen3-bf16-hf"])
        func `a model is described`(_ name: String) throws {
            let path = Program.fixture(name)
            let json = try Program().run(["inspect", path, "--json", "--context", "64", "--tensors"]).json()
            #expect(json["runnable"] as? Bool == true && json["has_chat_template"] as? Bool == true)
            let memory = try #require(json["memory"] as? [String: Any])
            #expect(memory["context"] as? Int == 64 && (memory["total_bytes"] as? Int ?? 0) > 0)
            #expect((json["tensors"] as? [Any])?.isEmpty == false)
            let text = try Program().run(["inspect", path])
            #expect(text.status == 0 && text.output.contains("chat template   yes") && text.output.contains("weights"))
        }

        @Test func `what a model lacks is said, and nothing is reckoned that it cannot do`() throws {
            let run = try Program().run(["inspect", model, "--context", "1000", "--json"])
            let json = try run.json()
            #expect((json["memory"] as? [String: Any])?["context"] as? Int == 256)
            #expect((json["warnings"] as? [String])?.contains { $0.contains("gives no more than those") } == true)
            let copy = try TemplateCopy(template: nil)
            defer { copy.remove() }
            let text = try Program().run(["inspect", copy.path])
            #expect(text.status == 0 && text.output.contains("'chat' needs one"), "\(text.output)")
            #expect(try Program().run(["chat", copy.path], input: "one\n").status == 1)
        }

        @Test func `the licence is shown, of a file and of a directory`() throws {
            func check(_ path: String, _ license: String?, _ name: String? = nil, shown: String?) throws {
                let json = try Program().run(["inspect", path, "--json"]).json()
                #expect(json["license"] as? String == license && json["license_name"] as? String == name)
                let lines = try Program().run(["inspect", path]).output.split(separator: "\n")
                let line = lines.first { $0.hasPrefix("license ") }
                let found = line.map { $0.dropFirst("license ".count).trimmingCharacters(in: .whitespaces) }
                #expect(found == shown, "\(lines)")
            }
            try check(model, "apache-2.0", shown: "apache-2.0")
            let copy = try TemplateCopy(template: nil)
            defer { copy.remove() }
            try check(copy.path, nil, shown: nil)
            let card = URL(fileURLWithPath: copy.path + "/README.md")
            try Data("# A model without front matter\n".utf8).write(to: card)
            try check(copy.path, nil, shown: nil)
            try Data("---\nlicense: other\nlicense_name: tiny-research\n---\n# A model\n".utf8).write(to: card)
            try check(copy.path, "other", "tiny-research", shown: "other: tiny-research")
        }

        @Test func `what is no model is refused with the reason`() throws {
            let run = try Program().run(["inspect", Program.fixture("MANIFEST.json")])
            #expect(run.status == 1 && run.errors.hasPrefix("Error: ") && run.output.isEmpty)
        }

        @Test func `what is in the store is told in JSON, and a damaged model hides nobody`() throws {
            let program = Program()
            let models = program.home.appending(path: "models")
            for (name, manifest) in [("bad", "{"), ("tiny", Self.manifest)] {
                let folder = models.appending(path: name)
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                try Data(manifest.utf8).write(to: folder.appending(path: "manifest.json"))
                try Data([1, 2, 3]).write(to: folder.appending(path: "m.gguf"))
            }
            defer { try? FileManager.default.removeItem(at: program.home) }
            func run(_ arguments: [String]) throws -> Program.Outcome { try program.run(arguments, keepsHome: true) }
            let list = try run(["models", "--json"])
            #expect(list.status == 0 && list.errors.contains("bad/manifest.json"))
            #expect((try list.json()["models"] as? [[String: Any]])?.map { $0["name"] as? String } == ["tiny"])
            #expect((try list.json()["damaged"] as? [[String: Any]])?.map { $0["name"] as? String } == ["bad"])
            let path = try run(["models", "path", "tiny", "--json"]).json()
            #expect(path["path"] as? String == models.path + "/tiny/m.gguf")
            #expect(try run(["models", "verify"]).status == 1)
            let verified = try run(["models", "verify", "tiny", "--json", "--quiet"]).json()
            #expect((verified["verified"] as? [[String: Any]])?.first?["bytes"] as? Int == 3)
            let removed = try run(["models", "remove", "tiny", "bad", "--json"]).json()
            #expect((removed["removed"] as? [Any])?.count == 2)
            #expect(try run(["models", "--json"]).json()["models"] as? [String] == [])
        }

        private static let manifest = """
            {"version": 1, "name": "tiny", "source": "hf:a/b", "date": "2026-01-01T00:00:00Z", "model": "m.gguf",
             "files": [{"name": "m.gguf", "bytes": 3,
             "sha256": "039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81"}]}
            """

        @Test func `perplexity counts what it predicts and writes every logit`() throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let golden = try #require(GenerateTests.models.first)
            let (ids, logits) = (folder.appending(path: "ids.json"), folder.appending(path: "logits.f32"))
            try JSONEncoder().encode(golden.tokens).write(to: ids)
            let json = try Program().run([
                "perplexity", model, "--ids", ids.path, "--context", "8", "--logits", logits.path, "--json",
            ]).json()
            // Windows of 8, 8 and 4 predict 7, 7 and 3.
            #expect(json["tokens"] as? Int == 17 && json["tokens_read"] as? Int == 20)
            let perplexity = try #require(json["perplexity"] as? Double)
            #expect(perplexity > 1 && perplexity.isFinite && json["standard_error"] is Double)
            #expect(try Data(contentsOf: logits).count == 20 * 291 * 4)
            let whole = try Program().run(["perplexity", model, "--ids", ids.path, "--logits", logits.path])
            #expect(whole.output.hasPrefix("perplexity "))
            // One window with everything: the rows that the reference has.
            let expected = try Data(contentsOf: URL(fileURLWithPath: Program.fixture("llama-f32.logits.f32")))
            let found = try Data(contentsOf: logits)
            #expect(found.count == expected.count)
            let greatest = zip(Self.floats(found), Self.floats(expected)).map { abs($0 - $1) }.max() ?? .infinity
            // The cache is in half precision, 2⁻¹¹ of a key or value, and the logits are below 10: a few hundredths at most.
            #expect(greatest < 0.03)
        }

        @Test func `perplexity that is interrupted leaves the logits that were there, and no others`() throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let (ids, logits) = (folder.appending(path: "ids.json"), folder.appending(path: "logits.f32"))
            // Many, so that it is under way for long.
            try JSONEncoder().encode([Int](repeating: 5, count: 300_000)).write(to: ids)
            try Data([7]).write(to: logits)
            func names() throws -> [String] {
                try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            }
            let process = Process()
            process.executableURL = try Program.executable()
            process.arguments = ["perplexity", model, "--ids", ids.path, "--logits", logits.path]
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            // The third file is the one that is written.
            while process.isRunning, try names().count < 3 { Thread.sleep(forTimeInterval: 0.001) }
            process.interrupt()
            process.waitUntilExit()
            #expect(process.terminationStatus == 130)
            #expect(try names() == ["ids.json", "logits.f32"])
            #expect(try Data(contentsOf: logits) == Data([7]))
        }

        @Test func `perplexity reads no further than the model was made for, and no ids that are none`() throws {
            let ids = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
            defer { try? FileManager.default.removeItem(at: ids) }
            // The logits of 64 positions are computed at once: the first of the next ones is only predicted.
            try JSONEncoder().encode([Int](repeating: 5, count: 64) + [99_999]).write(to: ids)
            let beyond = try Program().run(["perplexity", model, "--ids", ids.path])
            #expect(beyond.status == 1, "\(beyond.errors)")
            #expect(beyond.errors.contains("names token 99999, but the tokenizer's tokens are 0 to 290."))
            try JSONEncoder().encode([Int](repeating: 5, count: 300)).write(to: ids)
            let json = try Program().run(["perplexity", model, "--ids", ids.path, "--json", "--quiet"]).json()
            #expect(json["context"] as? Int == 256 && json["tokens"] as? Int == 255 + 43)
            let long = try Program().run(["perplexity", model, "--ids", ids.path, "--context", "257"])
            #expect(long.status == 1 && long.errors.contains("was made for 256 positions"), "\(long.errors)")
            for context in ["1", "16777217"] {
                let run = try Program().run(["perplexity", model, "--ids", ids.path, "--context", context])
                #expect(run.status == 64 && run.errors.contains("--context is \(context)"), "\(run.errors)")
            }
        }

        @Test func `a model is written in another format and runs`() throws {
            let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString + ".gguf")
            defer { try? FileManager.default.removeItem(at: file) }
            let source = Program.fixture("llama-q4_1.gguf")
            let json = try Program().run(["quantize", source, "--format", "q8_0", "--output", file.path, "--json"])
                .json()
            #expect(json["format"] as? String == "Q8_0")
            let run = try Program().run(["generate", file.path, "--prompt", "x", "--max-tokens", "3", "--quiet"])
            #expect(run.status == 0, "\(run.errors)")
            let again = try Program().run(["quantize", source, "--format", "q8_0", "--output", file.path])
            #expect(again.status == 1 && again.errors.contains("--force"))
            #expect(try Program().run(["quantize", source, "--format", "q9", "--output", "x"]).status == 64)
        }

        @Test func `a benchmark has every line and the table of rows`() throws {
            let json = try Program().run([
                "bench", model, "--rounds", "1", "--prompt-tokens", "8", "--decode-tokens", "4", "--depth", "8",
                "--rows",
                "3", "--conversations", "2", "--json", "--quiet",
            ]).json()
            #expect((json["lines"] as? [Any])?.count == 9)
            #expect((json["row_table"] as? [Any])?.count == 3)
            #expect((json["bandwidth"] as? Double ?? 0) > 0)
            #expect(json.keys.contains("others_cores") && json.keys.contains("decode_share_of_bound"))
        }

        @Test func `training's products stand beside what the processor can do`() throws {
            let arguments = ["bench", "training", model, "--preset", "tiny", "--rows", "8", "--rounds", "1", "--quiet"]
            let json = try Program().run(arguments + ["--json"]).json()
            let lines = try #require(json["lines"] as? [[String: Any]])
            // The way there and back to the input for every shape, and to the weight where it is trained.
            #expect(Set(lines.compactMap { $0["kind"] as? String }).count == 3 && lines.count % 3 == 2)
            #expect(lines.allSatisfy { ($0["share_of_peak"] as? Double ?? 0) > 0 })
            #expect((json["share_of_peak"] as? Double ?? 0) > 0)
            let csv = try Program().run(arguments + ["--csv"])
            #expect(csv.status == 0 && csv.output.split(separator: "\n").count == lines.count + 1)
            #expect(try Program().run(arguments).output.contains("of the processor's arithmetic"))
        }

        @Test func `a piped conversation is answered line by line`() throws {
            let run = try Program().run(
                ["chat", model, "--max-tokens", "4", "--temperature", "0"],
                input: "one\n/stats\ntwo \\\nthree\n/regenerate\n/help\n")
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.output.contains("of them remembered") && run.output.contains("/quit"))
        }

        @Test func `programs get an object a line for each answer of a conversation`() throws {
            let run = try Program().run(
                ["chat", model, "--max-tokens", "4", "--temperature", "0", "--json"],
                input: "one\n/stats\ntwo\n/help\n")
            #expect(run.status == 0, "\(run.errors)")
            let answers = try run.output.split(separator: "\n").map {
                try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }
            #expect(answers.count == 2 && run.errors.contains("of them remembered") && run.errors.contains("/quit"))
            let single = try Program().run([
                "generate", model, "--max-tokens", "4", "--temperature", "0", "--json", "--prompt", "one",
            ]).json()
            #expect(answers.first.map { Set($0.keys) } == Set(single.keys))
            #expect(answers.first?["text"] as? String == single["text"] as? String)
            #expect(try Program().run(["chat", model, "--json", "--show-draft"]).status == 64)
        }

        @Test(arguments: [
            "generate", "chat", "tokenize", "inspect", "perplexity", "quantize", "bench", "bench engine",
            "bench generate", "bench training", "pull",
            "models", "train", "train model", "train router", "train judge",
        ])
        func `every command explains itself`(_ command: String) throws {
            let run = try Program().run(command.split(separator: " ").map(String.init) + ["--help"])
            #expect(run.status == 0 && run.output.contains("USAGE: tandem \(command)"))
        }

        private static func floats(_ data: Data) -> [Float] {
            stride(from: 0, to: data.count, by: 4).map { start in
                Float(
                    bitPattern: (0..<4).reduce(0) { $0 | UInt32(data[data.startIndex + start + $1]) << UInt32(8 * $1) })
            }
        }
    }
}
