import Foundation
import Testing

extension ProgramTests {
    /// What a person at a terminal sees and can do.
    @Suite(.enabled(if: Program.hasTerminal, "There is no script(1) to make a terminal with."))
    struct TerminalTests {
        let model = Program.fixture("llama-f32.gguf")

        @Test func `Ctrl-C stops an answer at most, and the conversation goes on`() throws {
            // The editor ends bracketed paste when the answer begins, and asks for it when the next question may come. Whether
            // Ctrl-C comes before the tiny model has finished is up to the machine.
            let run = try Program().runInTerminal(
                ["chat", model, "--temperature", "0", "--threads", "1", "--max-tokens", "200"],
                steps: [
                    .init("> ", "one\r"), .init("[?2004l", "\u{3}"), .init("[?2004h", "two\r"),
                    .init("[?2004h", "/stats\r"), .init("seed", "/quit\r"),
                ])
            #expect(run.status == 0, "\(run.output)")
            #expect(run.output.contains("of them remembered"), "\(run.output)")
        }

        @Test func `Ctrl-C stops an answer and nothing else, however often it is pressed`() throws {
            // With a tiny model some may come when the answer is over: two of them leave, at the prompt.
            let run = try Program().runInTerminal(
                ["chat", model, "--temperature", "0", "--threads", "1"],
                steps: [
                    .init("> ", "one\r"), .init("[?2004l", "\u{3}\u{3}\u{3}"), .init("[?2004h", "/quit\r"),
                ])
            #expect(run.status == 0, "\(run.output)")
        }

        @Test(arguments: [(SIGTERM, 143), (SIGHUP, 129), (SIGQUIT, 131)])
        func `a signal that ends a conversation leaves the terminal as it was`(number: Int32, status: Int) throws {
            let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
            defer { try? FileManager.default.removeItem(atPath: path) }
            // The shell in the shell writes down its number, which becomes the program's.
            let script = #"""
                ulimit -c 0
                echo "settings=$(stty -g)"
                sh -c 'echo $$ >"$0"; exec "$@"' "$@"
                echo "ended with $?"
                echo "settings=$(stty -g)"
                """#
            let run = try Program().runInTerminal(
                ["chat", model], within: ["/bin/sh", "-c", script, "sh", path],
                steps: [
                    .init("> ", "") {
                        let text = try? String(contentsOfFile: path, encoding: .utf8)
                        if let process = text.flatMap({ Int32($0.filter(\.isNumber)) }) { kill(process, number) }
                    }
                ])
            #expect(run.output.contains("ended with \(status)"), "\(run.output)")
            let settings = run.output.components(separatedBy: "settings=").dropFirst().map { text in
                text.prefix { !$0.isWhitespace }
            }
            #expect(settings.count == 2 && settings.first?.isEmpty == false && settings.first == settings.last)
        }

        @Test func `Ctrl-C ends the one answer of generate`() throws {
            let run = try Program().runInTerminal(
                ["generate", model, "--raw", "--prompt", "The", "--ignore-eos", "--threads", "1", "--show-draft"],
                steps: [.init("", "\u{3}")])
            #expect(run.status == 130 || run.status == 0, "\(run.output)")
        }

        @Test func `drafted tokens are coloured, or underlined where colours are not wanted`() throws {
            let arguments = [
                "generate", model, "--raw", "--prompt", "words words words", "--ignore-eos", "--max-tokens", "60",
                "--show-draft", "--draft", "lookup",
            ]
            let coloured = try Program().runInTerminal(arguments).output
            #expect(coloured.contains("\u{1B}[33mlooked up and kept\u{1B}[0m") && coloured.contains("tokens per pass"))
            let lines = try Program().runInTerminal(arguments, environment: ["NO_COLOR": "1"]).output
            #expect(lines.contains("\u{1B}[1;4mlooked up and kept") && !lines.contains("\u{1B}[33m"))
            let dumb = try Program().runInTerminal(arguments, environment: ["TERM": "dumb"]).output
            #expect(dumb.contains("⟪looked up and kept⟫") && !dumb.contains("\u{1B}["))
        }
    }
}
