import Foundation
import TandemCheckpoint
import TandemMath
import TandemModels
import Testing

extension ProgramTests {
    /// A bundle for one of the fixtures, as the commands see it.
    struct BundleCommandTests {
        let model = Program.fixture("llama-f32.gguf")

        private func withBundle(_ body: (_ folder: URL, _ bundle: String) throws -> Void) throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let checkpoint = try CheckpointReader.open(model)
            let pool = ComputePool(threadCount: 1)
            let large = try LargeModel(checkpoint, pool: pool)
            let shape = large.configuration
            let configuration = try TandemConfiguration(
                small: TransformerConfiguration(
                    architecture: .llama, vocabularyCount: shape.vocabularyCount, width: shape.width, layerCount: 1,
                    headCount: shape.headCount, keyValueHeadCount: shape.keyValueHeadCount, headWidth: shape.headWidth,
                    feedForwardWidth: shape.feedForwardWidth, contextLength: shape.contextLength),
                largeWidth: shape.width, largeLayerCount: shape.layerCount, memory: .perLayer(.topAligned),
                embedding: .large(projected: true), head: .large, draftTokens: Array(0..<200))
            let bundle = folder.appending(path: "bundle").path
            try TandemBundle.write(
                BundleContents(
                    name: "tiny", configuration: configuration, weights: configuration.makeWeights(seed: 1),
                    storage: .bfloat16, large: LargeModelIdentity(of: large, from: checkpoint)), to: bundle)
            try body(folder, bundle)
        }

        @Test func `a bundle is described, checked and exported`() throws {
            try withBundle { folder, bundle in
                let json = try Program().run(["inspect", bundle, "--json"]).json()
                #expect(json["kind"] as? String == "tandem bundle" && json["draft_tokens"] as? Int == 200)
                #expect(try Program().run(["inspect", bundle]).output.contains("200 of 291 tokens"))
                #expect(try Program().run(["bundle", "check", bundle, model]).status == 0)
                let other = try Program().run(["bundle", "check", bundle, Program.fixture("llama-q4_1.gguf")])
                #expect(other.status == 1 && other.errors.contains("belongs to"))
                let file = folder.appending(path: "bundle.gguf").path
                #expect(try Program().run(["bundle", "export", bundle, "--gguf", file]).output == file + "\n")
                #expect(try Program().run(["bundle", "export", bundle, "--gguf", file]).status == 1)
                #expect(try Program().run(["bundle", "check", file, model]).status == 0)
            }
        }

        @Test func `a bundle is evaluated on a text`() throws {
            try withBundle { folder, bundle in
                let text = folder.appending(path: "text.txt")
                try Data("The small model and words. The large model and the words.".utf8).write(to: text)
                let arguments = ["evaluate", bundle, "--model", model, "--text", text.path, "--gamma", "3"]
                let json = try Program().run(arguments + ["--json", "--window", "16"]).json()
                let evaluation = try #require(json["evaluation"] as? [String: Any])
                #expect((evaluation["positions"] as? [Any])?.count == 3)
                #expect((evaluation["documents"] as? Int ?? 0) > 1 && (evaluation["tokens"] as? Int ?? 0) > 0)
                let first = try Program().run(arguments + ["--json", "--window", "16", "--documents", "1"]).json()
                #expect((first["evaluation"] as? [String: Any])?["documents"] as? Int == 1)
                let long = try Program().run(arguments + ["--window", "257"])
                #expect(long.status == 1 && long.errors.contains("context of 256"), "\(long.errors)")
                // A text by chance is none that the model would have written greedily.
                let shown = try Program().run(arguments + ["--form", "training"])
                #expect(shown.status == 0 && shown.output.contains("tokens per round: –"), "\(shown.output)")
                let run = try Program().run(["evaluate", folder.path, "--model", model, "--text", text.path])
                #expect(run.status == 0, "the bundle of a run is found in its folder")
                #expect(try Program().run(["evaluate", bundle, "--model", model]).status == 64)
            }
        }

        @Test func `an evaluation is kept in the bundle`() throws {
            try withBundle { folder, bundle in
                let text = folder.appending(path: "text.txt")
                try Data("The small model and words. The large model and the words.".utf8).write(to: text)
                let arguments = ["evaluate", bundle, "--model", model, "--text", text.path, "--save", "--quiet"]
                #expect(try Program().run(["inspect", bundle, "--json"]).json()["has_evaluation"] as? Bool == false)
                let saved = try Program().run(arguments)
                #expect(saved.status == 0, "\(saved.errors)")
                #expect(try Program().run(["inspect", bundle, "--json"]).json()["has_evaluation"] as? Bool == true)
                let kept = try String(contentsOfFile: bundle + "/evaluation.json", encoding: .utf8)
                #expect(kept.contains("text.txt") && kept.contains("greedy_documents") && !kept.contains(folder.path))
                let card = try String(contentsOfFile: bundle + "/README.md", encoding: .utf8)
                #expect(card.contains("## Evaluation") && card.contains("same token as the large model"))
                #expect(try Program().run(arguments + ["--form", "training"]).status == 64)
                let file = folder.appending(path: "bundle.gguf").path
                #expect(try Program().run(["bundle", "export", bundle, "--gguf", file]).status == 0)
                let refused = try Program().run(["evaluate", file] + arguments.dropFirst(2))
                #expect(refused.status == 1 && refused.errors.contains("exported from"), "\(refused.errors)")
            }
        }

        @Test func `a reproduction says what it needs`() throws {
            let run = try Program().run(["reproduce", "table1", "--budget", "full"])
            #expect(run.status == 64 && run.errors.contains("--data"))
        }
    }
}
