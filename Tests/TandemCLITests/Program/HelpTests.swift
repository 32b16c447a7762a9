import TandemCheckpoint
import Testing

extension ProgramTests {
    /// What the program says of itself.
    struct HelpTests {
        @Test func `the program knows its version`() throws {
            let run = try Program().run(["--version"])
            #expect(run.status == 0 && run.output == ProgramVersion.current + "\n")
        }

        @Test(arguments: [
            "pull", "models", "models list", "models remove", "models verify", "models path", "bundle", "chat",
            "generate", "evaluate", "evaluate lookup",
        ])
        func `help has examples`(_ command: String) throws {
            let run = try Program().run(command.split(separator: " ").map(String.init) + ["--help"])
            #expect(run.status == 0 && run.output.contains("Examples:\n  tandem \(command)"), "\(run.output)")
        }

        @Test(arguments: ["0", "65", "100000", "many"])
        func `what a draft's length can be is said`(_ length: String) throws {
            let model = Program.fixture("llama-f32.gguf")
            let run = try Program().run(["generate", model, "--prompt", "x", "--draft-length", length])
            #expect(run.status == 64 && run.errors.contains("a number from 1 to 64"), "\(run.errors)")
        }
    }
}
