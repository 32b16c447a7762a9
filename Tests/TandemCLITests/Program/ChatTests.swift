import Foundation
import Testing

extension ProgramTests {
    /// Conversations that come out of a pipe.
    struct ChatTests {
        let model = Program.fixture("llama-f32.gguf")
        private let brief = ["--max-tokens", "4", "--temperature", "0"]
        private static let refusal = "System role not supported"
        private static let template = """
            {% for message in messages %}{% if message['role'] == 'system' %}{{ raise_exception('\(refusal)') }}{% endif %}\
            {{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}\
            {% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}
            """

        private func objects(_ run: Program.Outcome) throws -> [[String: Any]] {
            try run.output.split(separator: "\n").map {
                try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }
        }

        @Test func `what the model's template refuses is left out, and the conversation goes on`() throws {
            let copy = try TemplateCopy(template: Self.template)
            defer { copy.remove() }
            let run = try Program().run(
                ["chat", copy.path, "--json"] + brief, input: "one\n/system be brief\ntwo\n")
            #expect(run.status == 1 && run.errors.contains(Self.refusal), "\(run.errors)")
            let lines = try objects(run)
            try #require(lines.count == 3)
            #expect(lines[0]["text"] is String && lines[2]["text"] is String)
            #expect((lines[1]["error"] as? String)?.contains(Self.refusal) == true)
            let told = try Program().run(
                ["chat", copy.path, "--system", "be brief"] + brief, input: "one\ntwo\n")
            #expect(told.status == 1 && told.output.isEmpty)
            #expect(told.errors.components(separatedBy: Self.refusal).count == 3, "\(told.errors)")
        }

        @Test func `a line that cannot be read or followed has an object of its own`() throws {
            let input = Array("one\n".utf8) + [0xFF] + Array("two\n/nonsense\nthree".utf8)
            let run = try Program().run(["chat", model, "--json"] + brief, bytes: input)
            #expect(run.status == 1)
            let lines = try objects(run)
            try #require(lines.count == 4)
            #expect((lines[1]["error"] as? String)?.hasPrefix("Line 2 of standard input is not UTF-8") == true)
            #expect((lines[2]["error"] as? String)?.hasPrefix("There is no /nonsense") == true)
            #expect(lines[0]["text"] is String && lines[3]["text"] is String)
            #expect(run.errors.contains("Line 2") && run.errors.contains("/nonsense"))
        }

        @Test func `each answer has a seed of its own that any program can read`() throws {
            let arguments = ["chat", model, "--max-tokens", "4", "--temperature", "1", "--json"]
            func seeds(_ more: [String]) throws -> [Int] {
                let run = try Program().run(arguments + more, input: "one\ntwo\n/regenerate\n")
                return try objects(run).compactMap { $0["seed"] as? Int }
            }
            let drawn = try seeds([])
            #expect(Set(drawn).count == 3 && drawn.allSatisfy { $0 < 1 << 32 }, "\(drawn)")
            #expect(try seeds(["--seed", "7"]) == [7, 7, 7])
        }

        @Test func `what became of the drafts is told after each answer`() throws {
            let arguments = [
                "chat", model, "--max-tokens", "20", "--temperature", "0", "--draft", "lookup", "--show-draft",
            ]
            let run = try Program().run(arguments, input: "words words words\nagain\n")
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.errors.components(separatedBy: "tokens per pass of the large model").count == 3)
            #expect(run.errors.contains("tokens/s"))
            #expect(try Program().run(arguments + ["--quiet"], input: "words\n").errors.isEmpty)
        }
    }
}
