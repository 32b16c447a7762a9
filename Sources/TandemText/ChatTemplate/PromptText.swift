/// A prompt that a chat template has made, in which the template's special tokens are told from those that a person has
/// merely typed.
///
/// `<|im_end|>` in a question is ten characters; written by the template, it ends the question. Without the difference
/// whoever writes a message could speak as the system, or put words into the model's mouth.
public struct PromptText: Sendable, Hashable {
    /// The text.
    public let text: String
    /// Ascending places, in bytes of its UTF-8, that no special token reaches across: one inside each of their names in a
    /// message.
    public let seams: [Int]

    /// A text.
    public init(_ text: String, seams: [Int] = []) {
        self.text = text
        self.seams = seams
    }

    /// What follows `beginning`; nil if the text begins otherwise.
    public func suffix(after beginning: String) -> PromptText? {
        let count = beginning.utf8.count
        guard text.utf8.starts(with: beginning.utf8) else { return nil }
        return PromptText(
            String(decoding: text.utf8.dropFirst(count), as: UTF8.self),
            seams: seams.filter { $0 > count }.map { $0 - count })
    }
}

extension Tokenizer {
    /// The tokens of a prompt: names of special tokens are those tokens where the template wrote them.
    public func encode(_ prompt: PromptText, addsBeginning: Bool) -> [Int] {
        encode(
            prompt.text, specialTokens: prompt.seams.isEmpty ? .parsed : .parsedBetween(seams: prompt.seams),
            addsBeginning: addsBeginning)
    }
}
