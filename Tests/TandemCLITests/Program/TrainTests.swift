import Foundation
import TandemCheckpoint
import Testing

extension ProgramTests {
    /// From prompts to a bundle, with a tiny model.
    struct TrainTests {
        let model = Program.fixture("llama-f32.gguf")
        let folder = FileManager.default.temporaryDirectory.appending(path: "tandem-train-\(UUID().uuidString)").path

        private func distil(to name: String = "answers", _ more: [String] = ["--states", "store", "--layers", "1"])
            throws
        {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let prompts = (0..<6).map { #"{"turns": ["Say \#($0)."]}"# }.joined(separator: "\n")
            try Data(prompts.utf8).write(to: URL(fileURLWithPath: folder + "/prompts.jsonl"))
            let run = try Program().run(
                [
                    "distill", model, "--prompts", folder + "/prompts.jsonl", "--output", folder + "/" + name,
                    "--max-tokens", "12", "--top", "4", "--quiet",
                ] + more)
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
            #expect(first.errors.contains("states stored"), "\(first.errors)")
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
            let run = try #require(record?["run"] as? [String: Any])
            #expect(run["version"] as? String == ProgramVersion.current)
            let machine = try #require(run["machine"] as? [String: String])
            #expect(Set(machine.keys) == ["processor", "instruction set", "system"])
            let inputs = try #require(run["inputs"] as? [[String: Any]])
            #expect(inputs.map { $0["role"] as? String } == ["large model", "data"])
            let again = try Program().run(arguments)
            #expect(again.status == 0 && again.errors.contains("Goes on after step 4"))
            let other = try Program().run(arguments + ["--rate", "0.1"])
            #expect(other.status == 1 && other.errors.contains("other settings: rate.peak (0.001 there, 0.1 now)"))
            let unrounded = try Program().run(arguments + ["--rounding", "none"])
            #expect(unrounded.status == 1 && unrounded.errors.contains("other settings"))
        }

        /// A command for a small run.
        private func arguments(data: String = "answers", output: String, _ more: [String]) -> [String] {
            [
                "train", model, "--data", folder + "/" + data, "--output", folder + "/" + output, "--preset", "tiny",
                "--sequence-length", "64", "--batch-tokens", "64", "--held-out", "0.2",
            ] + more
        }

        @Test func `a run that is asked to stop writes a checkpoint and ends with 75`() throws {
            try distil()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let process = Process()
            process.executableURL = try Program.executable()
            let command = arguments(output: "run", ["--steps", "1000000", "--measure-every", "1000000", "--quiet"])
            process.arguments = command
            try process.run()
            let metrics = folder + "/run/metrics.jsonl"
            func lineCount() -> Int {
                (try? String(contentsOfFile: metrics, encoding: .utf8))?.split(separator: "\n").count ?? 0
            }
            while process.isRunning, lineCount() < 3 { Thread.sleep(forTimeInterval: 0.05) }
            process.terminate()
            process.waitUntilExit()
            #expect(process.terminationReason == .exit && process.terminationStatus == 75)
            let checkpoints = folder + "/run/checkpoints"
            let names = try FileManager.default.contentsOfDirectory(atPath: checkpoints)
            let newest = try #require(names.sorted().last)
            let step = try #require(Int(newest.dropFirst("step-".count).dropLast(".tandemstate".count)))
            // As a process leaves it that was killed while it wrote.
            let remains = checkpoints + "/step-000000009.tandemstate.x1.partial"
            try Data([1]).write(to: URL(fileURLWithPath: remains))
            let other = try Program().run(command + ["--seed", "2"])
            #expect(other.status == 1 && other.errors.contains("plan.seed (1 there, 2 now)"), "\(other.errors)")
            #expect(!FileManager.default.fileExists(atPath: remains) && step >= 2)
        }

        @Test func `a run does not go on with other answers of the same number and length`() throws {
            try distil()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let first = try Program().run(arguments(output: "run", ["--steps", "2"]))
            #expect(first.status == 0, "\(first.errors)")
            let path = folder + "/answers/shard-00000.tokens"
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            // The first token, behind 16 bytes of heading, is another one.
            bytes[16] ^= 1
            try bytes.write(to: URL(fileURLWithPath: path))
            let other = try Program().run(arguments(output: "run", ["--steps", "2"]))
            #expect(other.status == 1 && other.errors.contains("data hash"), "\(other.errors)")
        }

        @Test func `what is not stored is named, with what it costs, in held-out text too`() throws {
            try distil()
            try distil(to: "bare", [])
            defer { try? FileManager.default.removeItem(atPath: folder) }
            // Two layers read a state more than was stored for one.
            let two = try Program().run(arguments(output: "two", ["--steps", "1", "--layers", "2"]))
            #expect(two.status == 0 && two.errors.contains("states recomputed"), "\(two.errors)")
            #expect(two.errors.contains("lacks the hidden state") && two.errors.contains("three times as long"))
            let refused = try Program().run(
                arguments(output: "refused", ["--steps", "1", "--layers", "2", "--states", "stored"]))
            #expect(refused.status == 1 && refused.errors.contains("lacks the hidden state"), "\(refused.errors)")
            let heldOut = try Program().run(
                arguments(output: "held-out", ["--steps", "1", "--valid", folder + "/bare"]))
            #expect(heldOut.status == 0 && heldOut.errors.contains("states recomputed"), "\(heldOut.errors)")
            #expect(heldOut.errors.contains("bare/shard-00000.tokens lacks the hidden states"))
        }

        @Test(arguments: [["--blocks", "4"], ["--position-scale", "2"]])
        func `what means nothing without memory is refused`(option: [String]) throws {
            let run = try Program().run(arguments(output: "run", ["--memory", "none"] + option))
            #expect(run.status == 64 && run.errors.contains(option[0]), "\(run.errors)")
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
