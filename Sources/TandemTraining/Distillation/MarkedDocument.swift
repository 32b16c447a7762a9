import TandemText

/// Tokens of which some are to be learnt: a conversation, or a part of it, in the words of the large model's chat template.
struct MarkedDocument: Equatable {
    /// All tokens.
    private(set) var tokens: [Int] = []
    /// Which of them the assistant says.
    private(set) var marks: [Bool] = []

    /// Appends tokens that are all marked, or none of them.
    mutating func append(_ more: some Sequence<Int>, isMarked: Bool) {
        for token in more {
            // Nothing stands before the first token that it could be told from.
            marks.append(isMarked && !tokens.isEmpty)
            tokens.append(token)
        }
    }

    /// The beginning, of at most so many tokens.
    func prefix(_ count: Int) -> MarkedDocument {
        var document = MarkedDocument()
        document.tokens = Array(tokens.prefix(count))
        document.marks = Array(marks.prefix(count))
        return document
    }
}

extension Teacher {
    /// A conversation as it is read, with marks on what the assistant says.
    ///
    /// It is one document, as long as the chat template leaves what was said as it was when more is said. Where it does not,
    /// a new one begins, as in conversations of the model's own.
    ///
    /// - Parameter messages: Everything that is said. What comes after the assistant's last message is left out.
    /// - Throws: What the chat template throws.
    func documents(of messages: [ChatMessage]) throws -> [MarkedDocument] {
        var documents: [MarkedDocument] = []
        var document = MarkedDocument()
        for (index, message) in messages.enumerated() where message.role == "assistant" {
            let prompt = try tokens(Array(messages[..<index]))
            if !prompt.starts(with: document.tokens) {
                documents.append(document)
                document = MarkedDocument()
            }
            document.append(prompt.dropFirst(document.tokens.count), isMarked: false)
            document.append(try answer(message, behind: prompt, of: Array(messages[...index])), isMarked: true)
        }
        return documents + (document.tokens.isEmpty ? [] : [document])
    }

    /// The tokens of an answer, the one that ends it included.
    private func answer(_ message: ChatMessage, behind prompt: [Int], of messages: [ChatMessage]) throws -> [Int] {
        let whole = try tokens(messages)
        let end = whole.dropFirst(prompt.count).firstIndex { endOfText.contains($0) }
        if let end, whole.starts(with: prompt) { return Array(whole[prompt.count...end]) }
        // The template writes an answer in another way than it asks for one: the text alone, and what ends answers.
        guard case .text(let text)? = message.content else { return [] }
        let said = tokenizer.encode(text, specialTokens: .literal, addsBeginning: false)
        guard let last = whole.last(where: { endOfText.contains($0) }) ?? endOfText.min() else { return said }
        return said + [last]
    }
}
