import Foundation
import Testing

extension ProgramTests {
    /// From prompts to a bundle, with a tiny model.
    struct TrainTests {
        let model = Program.fixture("llama-f32.gguf")
        let folder = FileManager.default.temporaryDirectory.appending(path: "tandem-train-\(UUID().uuidString)").path

        private func distil() throws {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let prompts = (0..<6).map { #"{"turns": ["Say \#($0)."]}"# }.joined(separator: "\n")
            try Data(prompts.utf8).write(to: URL(fileURLWithPath: folder + "/prompts.jsonl"))
            let run = try Program().run([
                "distill", model, "--prompts", folder + "/prompts.jsonl", "--output", folder + "/answers",
                "--max-tokens", "12", "--top", "4", "--states", "store", "--layers", "1", "--quiet",
            ])
            #expect(run.status == 0, "\(run.errors)")
        }

        private func configuration(_ text: String) throws -> String {
            let path = folder + "/run.json"
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            return path
        }

        @Test func `answers become a bundle, and the same command finds nothing left to do`() throws {
            try distil()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let path = try configuration(
                """
                {"data": "\(folder)/answers", "output": "\(folder)/run", "preset": "tiny", "steps": 99,
                 "sequence_length": 64, "batch-tokens": 64, "held-out": 0.2, "measure-every": 2, "rate": 1e-3,
                 "storage": "int4"}
                """)
            let arguments = ["train", model, "--configuration", path, "--steps", "4", "--json"]
            let first = try Program().run(arguments)
            #expect(first.status == 0, "\(first.errors)")
            let json = try first.json()
            #expect(json["steps"] as? Int == 4 && (json["heldout_loss"] as? Double ?? 0) > 0)
            for name in ["bundle/config.json", "bundle/model.safetensors", "report.html", "metrics.jsonl"] {
                #expect(FileManager.default.fileExists(atPath: folder + "/run/" + name), "\(name)")
            }
            let curve = try String(contentsOfFile: folder + "/run/metrics.jsonl", encoding: .utf8)
            #expect(curve.split(separator: "\n").count == 7)
            let bytes = try Data(contentsOf: URL(fileURLWithPath: folder + "/run/bundle/training.json"))
            let record = try JSONSerialization.jsonObject(with: bytes) as? [String: Any]
            #expect((record?["settings"] as? [String: Any])?["rounding"] as? String == "int4")
            let again = try Program().run(arguments)
            #expect(again.status == 0 && again.errors.contains("Goes on after step 4"))
            let other = try Program().run(arguments + ["--rate", "0.1"])
            #expect(other.status == 1 && other.errors.contains("other settings"))
            let unrounded = try Program().run(arguments + ["--rounding", "none"])
            #expect(unrounded.status == 1 && unrounded.errors.contains("other settings"))
        }

        @Test func `a key that is not known is refused with the nearest that is`() throws {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let unknown = try Program().run([
                "train", model, "--configuration", configuration(#"{"sequence-lenght": 5}"#),
            ])
            #expect(unknown.status == 1, "\(unknown.errors)")
            #expect(
                unknown.errors.contains("run.json") && unknown.errors.contains("sequence-length"), "\(unknown.errors)")
            let wrong = try Program().run(["train", model, "--configuration", configuration(#"{"steps": "many"}"#)])
            #expect(wrong.status == 1 && wrong.errors.contains("\"steps\""), "\(wrong.errors)")
            let missing = try Program().run(["train", model, "--output", folder])
            #expect(missing.status == 64 && missing.errors.contains("--data is missing"))
        }
    }
}
