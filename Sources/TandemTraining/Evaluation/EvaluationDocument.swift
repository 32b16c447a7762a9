public import TandemText

/// A text whose marked tokens are predicted: an answer behind its prompt, or a window of a text.
public struct EvaluationDocument: Sendable, Equatable {
    /// All tokens.
    public var tokens: [Int]
    /// Which of them are to be predicted; the first of all never is.
    public var marks: [Bool]

    /// A text with its marks.
    public init(tokens: [Int], marks: [Bool]) {
        precondition(tokens.count == marks.count, "\(tokens.count) tokens cannot have \(marks.count) marks.")
        self.tokens = tokens
        self.marks = marks
    }

    /// Positions whose next token is to be predicted.
    var predictingPositions: [Int] { tokens.indices.dropLast().filter { marks[$0 + 1] } }

    /// Runs of marked tokens, such as the answers of a conversation.
    var answers: [Range<Int>] {
        var answers: [Range<Int>] = []
        var start: Int?
        for index in 0...tokens.count {
            let isMarked = index > 0 && index < tokens.count && marks[index]
            if isMarked, start == nil { start = index }
            if !isMarked, let first = start {
                answers.append(first..<index)
                start = nil
            }
        }
        return answers
    }

    /// The documents of training data, cut off after `longest` tokens.
    ///
    /// - Parameters:
    ///   - data: Where they are.
    ///   - documents: Which of them; nil for all.
    ///   - count: How many are taken at most, evenly spread; nil for all.
    ///   - longest: Tokens of a document that are read.
    /// - Throws: ``TrainingError`` if nothing in them is marked.
    public static func documents(
        of data: TrainingData, documents: Range<Int>? = nil, count: Int? = nil, longest: Int = .max
    ) throws -> [EvaluationDocument] {
        var result: [EvaluationDocument] = []
        for whole in data.documents(documents, atMost: count) {
            let range = whole.prefix(longest)
            let document = EvaluationDocument(tokens: try data.tokens(range), marks: data.marks(range))
            if !document.predictingPositions.isEmpty { result.append(document) }
        }
        guard !result.isEmpty else {
            throw TrainingError("\(data.name) has nothing to evaluate on: no document has a marked token to predict.")
        }
        return result
    }

    /// Windows of a text: each is read with nothing before it, and all of its tokens but the first are predicted.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - tokenizer: The large model's; what it begins texts with begins every window.
    ///   - window: Tokens of a window.
    ///   - tokenCount: Tokens that are read at most.
    /// - Throws: ``TrainingError`` if the text has no two tokens.
    public static func windows(
        of text: String, tokenizer: some Tokenizer, window: Int, tokenCount: Int = .max
    ) throws -> [EvaluationDocument] {
        precondition(window > 1, "A window has a token to predict.")
        let windows = TextWindows(of: text, length: window, tokenCount: tokenCount, tokenizer: tokenizer).predictable
            .map { tokens in EvaluationDocument(tokens: tokens, marks: tokens.indices.map { $0 > 0 }) }
        guard !windows.isEmpty else { throw TrainingError("The text is too short: there is no token to predict.") }
        return windows
    }
}

extension Range<Int> {
    fileprivate func prefix(_ count: Int) -> Range<Int> { lowerBound..<lowerBound + Swift.min(self.count, count) }
}
