import Foundation
import Testing

extension ProgramTests {
    /// What shells do with the program.
    struct ShellTests {
        @Test(arguments: ["bash", "zsh", "fish"])
        func `a shell is told how to complete`(_ shell: String) throws {
            let run = try Program().run(["--generate-completion-script", shell])
            #expect(run.status == 0, "\(run.errors)")
            // fish names options without their dashes.
            for word in ["generate", "quantize", "show-draft", "arms", "llama.cpp"] {
                #expect(run.output.contains(word), "\(word)")
            }
            let path = "/bin/\(shell)"
            guard FileManager.default.isExecutableFile(atPath: path) else { return }
            // The shell itself says whether the script is one.
            let script = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
            try Data(run.output.utf8).write(to: script)
            defer { try? FileManager.default.removeItem(at: script) }
            let check = Process()
            check.executableURL = URL(fileURLWithPath: path)
            check.arguments = ["-n", script.path]
            try check.run()
            check.waitUntilExit()
            #expect(check.terminationStatus == 0)
        }

        @Test func `a reader that leaves ends the answer without complaints`() throws {
            let process = Process()
            process.executableURL = try Program.executable()
            process.arguments = [
                "generate", Program.fixture("llama-f32.gguf"), "--raw", "--prompt", "The", "--ignore-eos", "--threads",
                "1", "--quiet",
            ]
            let (output, errors) = (Pipe(), Pipe())
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = output
            process.standardError = errors
            try process.run()
            _ = output.fileHandleForReading.availableData
            try output.fileHandleForReading.close()
            let complaints = try errors.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            #expect(complaints.isEmpty, "\(String(decoding: complaints, as: UTF8.self))")
            // By the signal, as other programs end, or with the number that a shell gives to that; or it was done before.
            let isSignal = process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGPIPE
            #expect(isSignal || [128 + SIGPIPE, 0].contains(process.terminationStatus))
        }

        @Test func `drafted tokens are marked where there is no terminal`() throws {
            let arguments = [
                "generate", Program.fixture("llama-f32.gguf"), "--raw", "--prompt", "words words words", "--ignore-eos",
                "--max-tokens", "60", "--draft", "lookup",
            ]
            let plain = try Program().run(arguments + ["--quiet"])
            let marked = try Program().run(arguments + ["--show-draft"])
            #expect(marked.status == 0 && marked.errors.contains("⟪looked up and kept⟫"))
            #expect(marked.errors.contains("tokens per pass of the large model"))
            #expect(marked.output.filter { !"⟪⟫⟦⟧".contains($0) } == plain.output)
        }

        @Test func `an answer is compared with the one without drafting`() throws {
            let arguments = [
                "generate", Program.fixture("llama-f32.gguf"), "--prompt", "words", "--max-tokens", "30", "--draft",
                "lookup", "--temperature", "1", "--seed", "5", "--ignore-eos", "--compare",
            ]
            let text = try Program().run(arguments)
            #expect(text.status == 0, "\(text.errors)")
            let last = try #require(text.output.split(separator: "\n").last)
            #expect(last.hasPrefix("the same text, ") && last.hasSuffix(" times as fast"))
            let json = try Program().run(arguments + ["--json", "--quiet"]).json()
            let comparison = try #require(json["comparison"] as? [String: Any])
            #expect(comparison["same_text"] as? Bool == true && comparison["speed_up"] is Double)
            #expect(try #require(comparison["turns"] as? Int) >= 1)
            let speculation = try #require(json["speculation"] as? [String: Any])
            #expect(
                Set(speculation.keys).isSuperset(of: [
                    "mode", "rounds", "drafted", "accepted", "accepted_per_position", "mean_acceptance_length",
                    "draft_seconds", "verify_seconds", "fallback",
                ]))
        }
    }
}
