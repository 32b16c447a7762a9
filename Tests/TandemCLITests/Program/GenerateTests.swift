import Foundation
import Testing

extension ProgramTests {
    struct GenerateTests {
        struct Golden: Decodable, CustomTestStringConvertible {
            var name: String
            var file: String
            var text: String
            var tokens: [Int]
            var greedy: [Int]
            var testDescription: String { name }
        }

        static let models: [Golden] = {
            struct Manifest: Decodable { var models: [Golden] }
            let data = FileManager.default.contents(atPath: Program.fixture("MANIFEST.json")) ?? Data()
            let models = (try? JSONDecoder().decode(Manifest.self, from: data).models) ?? []
            // The 8-bit activations beside quantised weights may turn a close choice; those have tests of their own.
            return models.filter { !["llama-q4_1", "llama-linear-q", "llama-k"].contains($0.name) }
        }()
        let model = Program.fixture("llama-f32.gguf")

        @Test(arguments: models)
        func `the answer in JSON has the reference's tokens`(_ golden: Golden) throws {
            let run = try Program().run([
                "generate", Program.fixture(golden.file), "--raw", "--prompt", golden.text, "--ignore-eos",
                "--max-tokens",
                "\(golden.greedy.count)", "--json",
            ])
            #expect(run.status == 0, "\(run.errors)")
            let json = try run.json()
            #expect(json["tokens"] as? [Int] == golden.greedy)
            #expect(json["prompt_tokens"] as? Int == golden.tokens.count)
            #expect(json["finish_reason"] as? String == "length")
            #expect(
                Set(json.keys) == [
                    "text", "tokens", "prompt_tokens", "finish_reason", "timings", "seed", "model", "speculation",
                ])
            let timings = try #require(json["timings"] as? [String: Any])
            #expect(
                Set(timings.keys) == [
                    "load_seconds", "prompt_seconds", "decode_seconds", "prompt_tokens_per_second",
                    "decode_tokens_per_second",
                ])
        }

        @Test func `the same seed gives the same text on any number of threads, with guesses and without`() throws {
            func text(_ more: [String]) throws -> String {
                let run = try Program().run(
                    ["generate", model, "--prompt", "words", "--temperature", "1", "--seed", "7", "--max-tokens", "40"]
                        + more)
                #expect(run.status == 0, "\(run.errors)")
                return run.output
            }
            let one = try text(["--threads", "1"])
            #expect(one.count > 20)
            #expect(try text(["--threads", "2"]) == one)
            #expect(try text(["--threads", "2", "--draft", "lookup", "--quiet"]) == one)
        }

        @Test func `an option that limits draws asks for draws`() throws {
            func text(_ more: [String]) throws -> String {
                let run = try Program().run(
                    ["generate", model, "--prompt", "words", "--max-tokens", "24", "--ignore-eos"] + more)
                #expect(run.status == 0, "\(run.errors)")
                return run.output
            }
            let greedy = try text([])
            for options in [["--top-k", "40"], ["--top-p", "0.99"], ["--min-p", "0.001"], ["--typical-p", "0.99"]] {
                let texts = try Set((1...3).map { try text(options + ["--seed", "\($0)"]) })
                #expect(texts.count > 1, "\(options)")
                #expect(try text(options + ["--temperature", "0"]) == greedy)
                #expect(try text(options + ["--temperature", "1", "--seed", "2"]) == text(options + ["--seed", "2"]))
            }
            let seeded = try Program().run(["generate", model, "--prompt", "words", "--max-tokens", "2", "--seed", "3"])
            #expect(seeded.status == 0 && seeded.errors.contains("whatever the seed"))
        }

        @Test(arguments: ["accept-all", "accept-all-own", "rejection", "fuzzy"])
        func `a seed names a text, also where drafting changes it`(rule: String) throws {
            let bundle = try UntrainedBundle(for: model)
            defer { bundle.remove() }
            let texts = try (0..<4).map { turn in
                let run = try Program().run([
                    "generate", model, "--prompt", "words", "--temperature", "1", "--seed", "7", "--max-tokens", "40",
                    "--ignore-eos", "--quiet", "--tandem", bundle.path, "--rule", rule, "--threads", "\(1 + turn % 2)",
                ])
                #expect(run.status == 0, "\(run.errors)")
                return run.output
            }
            #expect(Set(texts).count == 1)
        }

        @Test func `an answer ends before a stop string`() throws {
            let arguments = ["generate", model, "--raw", "--prompt", Self.models[0].text, "--ignore-eos", "--json"]
            let whole = try Program().run(arguments + ["--max-tokens", "12"]).json()
            let text = try #require(whole["text"] as? String)
            // The first two characters that no bytes of half a character stand beside.
            let stop = "ds"
            let cut = try Program().run(arguments + ["--max-tokens", "12", "--stop", stop]).json()
            #expect(cut["finish_reason"] as? String == "stop")
            let end = try #require(text.range(of: stop))
            #expect(cut["text"] as? String == String(text[..<end.lowerBound]))
        }

        @Test func `the prompt may come by standard input or from a file`() throws {
            let text = "The small model"
            let direct = try Program().run(["generate", model, "--prompt", text, "--max-tokens", "9", "--quiet"])
            let piped = try Program().run(["generate", model, "--max-tokens", "9", "--quiet"], input: text + "\n")
            let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
            try Data(text.utf8).write(to: file)
            let filed = try Program().run(["generate", model, "--file", file.path, "--max-tokens", "9", "--quiet"])
            try FileManager.default.removeItem(at: file)
            #expect(direct.status == 0 && direct.errors.isEmpty && !direct.output.isEmpty)
            #expect(piped.output == direct.output && filed.output == direct.output)
        }

        @Test(arguments: [
            (["--temperature", "-1"], "--temperature is -1"), (["--top-p", "1.5"], "--top-p is 1.5"),
            (["--top-k", "0"], "--top-k is 0"), (["--repetition-penalty", "0"], "--repetition-penalty is 0"),
            (["--max-tokens", "-3"], "--max-tokens is -3"), (["--threads", "0"], "--threads is 0"),
            (["--context", "1"], "--context is 1"), (["--stop", ""], "--stop is an empty text"),
            (["--logit-bias", "x"], "logit-bias"), (["--raw", "--system", "s"], "--system"),
            (["--file", "f"], "not both"), (["--nonsense"], "nonsense"),
            (["--draft-length", "0"], "--draft-length"),
        ])
        func `a bad option is a usage error with a sentence`(_ options: [String], _ part: String) throws {
            let run = try Program().run(["generate", model, "--prompt", "x"] + options)
            #expect(run.status == 64 && run.output.isEmpty)
            #expect(run.errors.contains(part), "\(run.errors)")
        }

        @Test func `a model that is not there is an error that says what to do`() throws {
            let offered = try Program().run(["generate", "smollm2-135m-instruct", "--prompt", "x"])
            #expect(offered.status == 1 && offered.errors.contains("tandem pull smollm2-135m-instruct"))
            let unknown = try Program().run(["generate", "no-such-model", "--prompt", "x"])
            #expect(unknown.status == 1 && unknown.errors.contains("no-such-model") && unknown.output.isEmpty)
            let missing = try Program().run(["generate", "./nowhere.gguf", "--prompt", "x"])
            #expect(missing.status == 1 && missing.errors.contains("./nowhere.gguf does not exist"))
        }

        @Test func `Ctrl-C ends the answer with what was said`() throws {
            // A whole context of the tiny model takes seconds in a debug build, but milliseconds with optimisation: it could
            // be over before the signal comes. A real model, where there is one, takes longer in any build.
            let model = ProcessInfo.processInfo.environment["TANDEM_TEST_MODEL"] ?? model
            let run = try Program().run(
                ["generate", model, "--raw", "--prompt", "The", "--ignore-eos", "--threads", "1"], interruptAfter: 1)
            #expect(run.status == 130 || run.status == 0)
            #expect(!run.output.isEmpty && run.errors.contains("tokens/s"))
        }
    }
}
