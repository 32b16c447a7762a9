import Testing

@testable import TandemText

@Suite struct ChatMessageTests {
    @Test func `a message that a client sends keeps all that it says`() throws {
        let value = try TemplateValue(json: #"{"content": null, "tool_calls": [{"id": "a"}], "role": "assistant"}"#)
        let message = try ChatMessage(value)
        #expect(message == ChatMessage(role: "assistant", content: nil, extras: ["tool_calls": [["id": "a"]]]))
        #expect(message.templateValue == ["role": "assistant", "content": nil, "tool_calls": [["id": "a"]]])
        let parts = try ChatMessage(["role": "user", "content": [["type": "text", "text": "Hi"]]])
        #expect(parts.content == .parts([["type": "text", "text": "Hi"]]))
    }

    @Test(arguments: ["[]", #"{"content": "x"}"#, #"{"role": 1}"#, #"{"role": "user", "content": 5}"#])
    func `what is no message is refused`(_ json: String) throws {
        let failure = try #require(throws: ChatTemplateError.self) { try ChatMessage(TemplateValue(json: json)) }
        #expect(failure.kind == .input)
    }

    @Test func `tokens that a model lacks are undefined, and extra variables win`() throws {
        let template = try ChatTemplate(
            "{{ bos_token is defined }}{{ eos_token }}{{ add_generation_prompt }}{{ tools }}")
        #expect(try template.render(messages: [], endOfText: "</s>") == "False</s>TrueNone")
        #expect(try template.render(messages: [], extra: ["eos_token": 1, "tools": [2]]) == "False1True[2]")
    }
}
