import Foundation
@testable import TandemCLI
import TandemModels
import Testing

extension ProgramTests {
    /// A small model beside the large one.
    struct DraftingTests {
        let model = Program.fixture("llama-f32.gguf")

        private func generate(_ more: [String]) throws -> Program.Outcome {
            try Program().run(
                [
                    "generate", model, "--raw", "--prompt", "words words words", "--ignore-eos", "--max-tokens", "24",
                    "--temperature", "1", "--seed", "5", "--quiet",
                ] + more)
        }

        @Test func `whoever drafts, and however far, the text is the same`() throws {
            let bundle = try UntrainedBundle(for: model)
            let memoryless = try UntrainedBundle(for: model, memory: .none)
            defer {
                bundle.remove()
                memoryless.remove()
            }
            let plain = try generate(["--draft", "none"])
            #expect(plain.status == 0 && !plain.output.isEmpty)
            for options in [
                ["--tandem", bundle.path], ["--tandem", bundle.path, "--draft-length", "3"],
                ["--tandem", bundle.path, "--draft", "chain", "--draft-length", "auto"],
                ["--draft", "independent:\(memoryless.path)", "--draft-length", "2"],
                ["--draft", "independent:\(model)", "--draft-length", "4"],
                ["--draft", "lookup", "--draft-length", "8"],
            ] {
                let run = try generate(options)
                #expect(run.status == 0, "\(options): \(run.errors)")
                #expect(run.output == plain.output, "\(options)")
            }
        }

        @Test func `programs are told who drafted and what is promised`() throws {
            let bundle = try UntrainedBundle(for: model)
            defer { bundle.remove() }
            let run = try generate(["--tandem", bundle.path, "--draft-length", "2", "--rule", "accept-all", "--json"])
            #expect(run.status == 0, "\(run.errors)")
            let speculation = try #require(try run.json()["speculation"] as? [String: Any])
            #expect(speculation["mode"] as? String == "tandem" && speculation["rule"] as? String == "accept-all")
            #expect(speculation["fidelity"] as? String == "lossy")
            let (drafted, accepted) = (speculation["drafted"] as? Int, speculation["accepted"] as? Int)
            #expect(drafted == accepted && (drafted ?? 0) > 0)
        }

        @Test func `people are warned of a text that is not the large model's`() throws {
            let bundle = try UntrainedBundle(for: model)
            defer { bundle.remove() }
            func errors(_ rule: String) throws -> String {
                let run = try Program().run([
                    "generate", model, "--prompt", "x", "--max-tokens", "4", "--tandem", bundle.path, "--draft-length",
                    "2", "--rule", rule,
                ])
                #expect(run.status == 0, "\(run.errors)")
                return run.errors
            }
            for rule in ["accept-all", "accept-all-own", "fuzzy", "kl"] {
                #expect(try errors(rule).contains("LOSSY: with --rule \(rule)"))
            }
            #expect(try errors("rejection").contains("same odds"))
            #expect(try !errors("exact").contains("--rule"))
        }

        @Test func `a bundle beside the model is used without being told`() throws {
            let bundle = try UntrainedBundle(for: model)
            defer { bundle.remove() }
            let copy = bundle.folder + "/model.gguf"
            try FileManager.default.copyItem(atPath: model, toPath: copy)
            let arguments = ["generate", copy, "--prompt", "x", "--max-tokens", "8", "--json", "--quiet"]
            let used = try Program().run(arguments).json()
            #expect((used["speculation"] as? [String: Any])?["mode"] as? String == "chain")
            let unused = try Program().run(arguments + ["--tandem", "none"]).json()
            #expect((unused["speculation"] as? [String: Any])?["mode"] as? String == "lookup")
            #expect(unused["text"] as? String == used["text"] as? String)
            let plain = try Program().run(arguments + ["--draft", "none"]).json()
            #expect((plain["speculation"] as? [String: Any])?["mode"] as? String == "none")
            #expect(plain["text"] as? String == used["text"] as? String)
        }

        @Test func `only the bundle that belongs to the model is found`() throws {
            let other = try UntrainedBundle(for: Program.fixture("llama-q4_1.gguf"))
            defer { other.remove() }
            let search = BundleSearch(folders: ["/nowhere", other.folder], modelFolder: nil)
            #expect(search.path(for: "0") == nil)
            let run = try Program().run(["generate", model, "--prompt", "x", "--tandem", other.path])
            #expect(run.status == 1 && run.errors.contains("this bundle belongs to"))
        }

        @Test(arguments: [
            (["--draft", "tandem"], 1, "No bundle belongs to"), (["--draft", "nobody"], 64, "--draft"),
            (["--draft-length", "0"], 64, "--draft-length"), (["--rule", "x"], 64, "There is no --rule x"),
            (["--rule", "kl"], 1, "nobody guesses"), (["--rule-threshold", "1"], 64, "--rule-threshold goes with"),
            (["--tandem", "none", "--draft", "chain"], 64, "leaves nobody"),
            (["--tandem", "/nowhere"], 1, "/nowhere"), (["--draft", "independent:/nowhere"], 1, "/nowhere"),
            (["--draft", "none", "--draft-length", "3"], 64, "--draft none has nobody do so"),
            (["--draft", "none", "--rule", "rejection"], 64, "--draft none has nobody do so"),
            (["--draft", "lookup", "--tandem", "x"], 64, "it does not guess"),
            (["--draft", "lookup", "--draft-length", "router"], 64, "goes with the tandem"),
            (["--tandem", "none", "--draft-length", "router"], 64, "leaves none"),
            (["--draft", "lookup", "--rule", "fuzzy"], 64, "a look-up has none"),
            (["--draft-length", "router"], 1, "there is no router"),
            (["--draft", "lookup", "--rule", "judge"], 1, "there is no judge"),
        ])
        func `what cannot be done is said in a sentence`(_ options: [String], _ status: Int32, _ part: String) throws {
            let run = try generate(options)
            #expect(run.status == status && run.errors.contains(part), "\(run.errors)")
        }

        @Test func `a model with other tokens cannot draft`() throws {
            let run = try generate(["--draft", "independent:\(Program.fixture("qwen3-bf16.gguf"))"])
            #expect(run.status == 1 && run.errors.contains("has other tokens"))
        }

        @Test func `all ways of drafting are compared`() throws {
            let bundle = try UntrainedBundle(for: model)
            defer { bundle.remove() }
            let prompts = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString + ".txt")
            try Data("words words words\n".utf8).write(to: prompts)
            defer { try? FileManager.default.removeItem(at: prompts) }
            let run = try Program().run([
                "bench", "generate", model, "--prompts", prompts.path, "--max-tokens", "8", "--repetitions", "1",
                "--quiet", "--json", "--tandem", bundle.path, "--independent", model, "--arms",
                "lookup,tandem:1,auto,chain,independent:3,tandem:2+rejection,stand-alone", "--temperature", "1",
            ])
            #expect(run.status == 0, "\(run.errors)")
            let arms = try #require(try run.json()["arms"] as? [[String: Any]])
            #expect(arms.count == 8)
            #expect(
                arms.prefix(6).allSatisfy { $0["promise"] as? String == "sameText" && $0["texts_same"] as? Int == 1 })
            #expect(arms.suffix(2).allSatisfy { $0["promise"] as? String == "ownText" })
        }
    }
}
