import Testing

@testable import TandemText

/// Equality with Python's Jinja2, set up as Hugging Face's libraries do.
@Suite struct ChatTemplateAgainstJinjaTests {
    @Test(arguments: [
        "chatml-generation", "deepseek", "gemma", "gemma3", "granite", "llama2", "llama3", "llama31", "mistral-v01",
        "mistral-v03", "phi", "qwen25", "qwen3", "schema-macros", "smollm2",
    ])
    func `conversations come out as Jinja2 renders them, or fail as they do there`(_ name: String) throws {
        let file = try ChatTemplateFixtures.json("conversations.json")
        let now = try ChatTemplateFixtures.now(file)
        let template = try ChatTemplate(ChatTemplateFixtures.text("\(name).jinja"))
        var count = 0
        for testCase in try #require(file["cases"]?.elements) where testCase["template"]?.text == name {
            count += 1
            let conversation = try #require(testCase["conversation"]?.text)
            let setting = try #require(testCase["setting"]?.text)
            let messages = try #require(file["conversations"]?[conversation]?.elements).map(ChatMessage.init)
            var input = ChatTemplate.Input(messages: messages)
            input.beginningOfText = "<s>"
            input.endOfText = "</s>"
            input.now = testCase["knows_now"] == true ? now : nil
            guard case .dictionary(var settings)? = file["settings"]?[setting] else {
                Issue.record("there is no setting \(setting)")
                continue
            }
            input.addsGenerationPrompt = settings["add_generation_prompt"] == true
            input.tools = settings["tools"]?.elements
            input.documents = settings["documents"]?.elements
            for key in ["add_generation_prompt", "tools", "documents"] { settings[key] = nil }
            input.extra = settings
            let expected = testCase["text"]?.text
            do {
                let text = try template.render(input)
                #expect(text == expected, "\(name), \(conversation), \(setting)")
                #expect(text.utf8.elementsEqual((expected ?? "").utf8))
            } catch {
                #expect(expected == nil, "\(name), \(conversation), \(setting): \(error)")
            }
        }
        #expect(count >= 34)
    }

    @Test func `small templates come out as Jinja2 renders them, or fail as they do there`() throws {
        let file = try ChatTemplateFixtures.json("snippets.json")
        let now = try ChatTemplateFixtures.now(file)
        guard case .dictionary(let variables)? = file["variables"] else {
            Issue.record("the file has no variables")
            return
        }
        let cases = try #require(file["cases"]?.elements)
        #expect(cases.count > 1000)
        for testCase in cases {
            let source = try #require(testCase["source"]?.text)
            let expected = testCase["text"]?.text
            let (text, reason) = ChatTemplateFixtures.outcome(source, variables, now: now)
            let isSame =
                if let text, let expected { text.utf8.elementsEqual(expected.utf8) } else {
                    text == nil && expected == nil
                }
            #expect(isSame, "\(source)\n  Jinja2: \(expected ?? "fails")\n  ours: \(text ?? reason)")
        }
    }
}
