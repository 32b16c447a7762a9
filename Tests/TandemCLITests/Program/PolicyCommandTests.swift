import Foundation
import TandemCheckpoint
import TandemJSON
import TandemMath
import Testing

extension ProgramTests {
    /// Networks of policies, from answers to the texts that they speed up, with a tiny model.
    struct PolicyCommandTests {
        let model = Program.fixture("llama-f32.gguf")

        /// A file of lines beside the bundle.
        private func file(_ bundle: UntrainedBundle, _ lines: [String]) throws -> String {
            let path = bundle.folder + "/lines.jsonl"
            try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
            return path
        }

        private func train(_ kind: String, _ bundle: UntrainedBundle, _ more: [String]) throws -> Program.Outcome {
            try Program().run(["train", kind, model, "--bundle", bundle.path, "--quiet"] + more)
        }

        private func generate(_ more: [String]) throws -> Program.Outcome {
            try Program().run(
                ["generate", model, "--prompt", "words", "--ignore-eos", "--max-tokens", "16", "--quiet"] + more)
        }

        @Test func `a router is trained into a bundle, and drafting goes by it`() throws {
            let bundle = try UntrainedBundle(for: model)
            defer { bundle.remove() }
            let plain = try generate(["--draft", "none"]).output
            let without = try generate(["--tandem", bundle.path, "--draft-length", "router"])
            #expect(without.status == 1 && without.errors.contains("has no router"), "\(without.errors)")
            let prompts = try file(bundle, (0..<6).map { #"{"turns": ["Say \#($0)."]}"# })
            let arguments = ["--prompts", prompts, "--max-tokens", "12", "--gamma", "3", "--hidden", "4"]
            let run = try train("router", bundle, arguments + ["--json"])
            #expect(run.status == 0, "\(run.errors)")
            let json = try run.json()
            let figures = try #require(json["figures"] as? [String: Any])
            #expect((figures["learnt"] as? Int ?? 0) > 0 && (figures["held_out"] as? Int ?? 0) > 0)
            #expect((figures["router"] as? [String: Any])?["cross_entropy"] is Double)
            let goesByRouter = try #require(json["auto_goes_by_router"] as? [String: Bool])
            #expect(goesByRouter.keys.sorted() == ["drawn", "greedy"])
            let read = try TandemBundle(path: bundle.path)
            #expect(read.policies == ["router"])
            for table in ["acceptance", "router_acceptance"] {
                for kind in ["greedy", "drawn"] {
                    #expect(read.calibration?[table]?[kind]?.elements?.count == 3, "\(table), \(kind)")
                }
            }
            #expect(read.calibration?["router"] != nil)
            for length in ["router", "router:1", "auto", "3"] {
                let drafted = try generate(["--tandem", bundle.path, "--draft-length", length])
                #expect(drafted.status == 0 && drafted.output == plain, "\(length): \(drafted.errors)")
            }
            // The same numbers, whatever the batch and the threads.
            let weights = try read.extras("router.").mapValues(\.values)
            let again = try train("router", bundle, arguments + ["--batch", "2", "--threads", "1"])
            #expect(again.status == 0 && again.output.contains("the router"), "\(again.errors)")
            #expect(again.output.contains("--draft-length auto goes by"))
            #expect(try TandemBundle(path: bundle.path).extras("router.").mapValues(\.values) == weights)
            #expect(try Program().run(["inspect", bundle.path]).output.contains("router"))
        }

        @Test func `a judge is trained into a bundle, and its rule is marked lossy`() throws {
            let bundle = try UntrainedBundle(for: model)
            defer { bundle.remove() }
            let without = try generate(["--tandem", bundle.path, "--draft-length", "2", "--rule", "judge"])
            #expect(without.status == 1 && without.errors.contains("has no judge"), "\(without.errors)")
            let answers = try file(
                bundle,
                (0..<4).map { #"{"turns": ["Say \#($0)."], "right": "words \#($0)", "wrong": "the model"}"# }
                    + [#"{"turns": ["The small model?"], "right": "The small model and the words."}"#])
            let run = try train("judge", bundle, ["--answers", answers, "--json", "--doubt", "0.9"])
            #expect(run.status == 0, "\(run.errors)")
            let figures = try #require(try run.json()["figures"] as? [String: Any])
            #expect((figures["learnt_good"] as? Int ?? 0) > 0 && (figures["learnt_bad"] as? Int ?? 0) > 0)
            #expect(try TandemBundle(path: bundle.path).policies == ["judge"])
            let drafted = try Program().run([
                "generate", model, "--prompt", "words", "--max-tokens", "8", "--tandem", bundle.path,
                "--draft-length", "2", "--rule", "judge",
            ])
            #expect(drafted.status == 0 && drafted.errors.contains("LOSSY: with --rule judge"), "\(drafted.errors)")
            // A threshold that nothing passes leaves the large model's own text.
            let strict = try generate([
                "--tandem", bundle.path, "--draft-length", "2", "--rule", "judge", "--rule-threshold", "1",
            ])
            #expect(try strict.output == generate(["--draft", "none"]).output)
        }

        @Test func `what cannot be trained is said in a sentence, and the bundle stays`() throws {
            let bundle = try UntrainedBundle(for: model)
            defer { bundle.remove() }
            let config = try Data(contentsOf: URL(fileURLWithPath: bundle.path + "/config.json"))
            let one = try file(bundle, [#"{"turns": ["Say it."], "right": "x"}"#])
            let other = try UntrainedBundle(for: Program.fixture("llama-q4_1.gguf"))
            defer { other.remove() }
            let two = other.folder + "/two.jsonl"
            try Data("{\"turns\": [\"a\"]}\n{\"turns\": [\"b\"]}".utf8).write(to: URL(fileURLWithPath: two))
            func errors(_ run: Program.Outcome, _ status: Int32 = 1) -> String {
                #expect(run.status == status, "\(run.errors)")
                return run.errors
            }
            #expect(try errors(train("router", bundle, ["--prompts", one])).contains("two are needed"))
            #expect(try errors(train("judge", bundle, ["--answers", one])).contains("two are needed"))
            #expect(try errors(train("judge", bundle, ["--answers", two])).contains("\"right\" is missing"))
            #expect(try errors(train("router", bundle, ["--prompts", "/nowhere"])).contains("/nowhere"))
            #expect(try errors(train("router", other, ["--prompts", two])).contains("belongs to"))
            #expect(
                try errors(train("router", bundle, ["--prompts", two, "--held-out", "1"]), 64).contains("--held-out"))
            let file = bundle.folder + "/bundle.gguf"
            try TandemBundle(path: bundle.path).exportGGUF(to: file)
            let single = try Program().run(["train", "router", model, "--bundle", file, "--prompts", two])
            #expect(single.status == 1 && single.errors.contains("bundle in one file"), "\(single.errors)")
            #expect(try Data(contentsOf: URL(fileURLWithPath: bundle.path + "/config.json")) == config)
            #expect(!FileManager.default.fileExists(atPath: bundle.path + "/policies.safetensors"))
        }

        @Test func `parts of a bundle that do not fit are refused`() throws {
            let bundle = try UntrainedBundle(for: model)
            defer { bundle.remove() }
            func errors(_ name: String, _ weights: [String: Matrix], _ calibration: [JSONMember] = []) throws -> String
            {
                try TandemBundle(path: bundle.path).addPolicy(name, weights: weights, calibration: calibration)
                let run = try generate(["--tandem", bundle.path])
                #expect(run.status == 1)
                return run.errors
            }
            let one = Matrix(rows: 1, columns: 1)
            let judge = ["weight": Matrix(rows: 1, columns: 48), "bias": one]
            #expect(try errors("judge", ["weight": one, "bias": one]).contains("The judge of"))
            let tables: [JSONValue] = [
                [[3]], [[[1, 2]]], "often", [[[4, 3], 2]], [], ["greedy": [[[4, 3]]]],
                ["greedy": [[[4, 3]]], "drawn": [[[4, 5]]]],
            ]
            for table in tables {
                let calibration = [JSONMember(name: "acceptance", value: table)]
                #expect(try errors("judge", judge, calibration).contains("The table of acceptance of"))
            }
            let table: JSONValue = [[[4, 3]]]
            #expect(
                try errors("router", ["first": one], [.init(name: "acceptance", value: table)]).contains(
                    "The router of"))
        }
    }
}
