/// Follows an answer token by token: its text as far as it is certain, and its end.
///
/// Several tokens may arrive at once; the first that ends the answer ends it, and those after it were never said. So
/// a block that was drafted gives what one token at a time would have given.
struct AnswerText {
    private let stop: StopCondition
    private var text: any IncrementalText
    private var strings: StopStrings
    /// How many tokens may still come before the context is full.
    private var room: Int
    private(set) var tokenCount = 0
    private(set) var finish: FinishReason?

    /// - Parameter room: How many tokens the context has room for.
    init(_ stop: StopCondition, room: Int, text: any IncrementalText) {
        self.stop = stop
        self.text = text
        self.room = room
        strings = StopStrings(stop.strings)
        if stop.maximumTokenCount == 0 { finish = .tokenLimit } else if room <= 0 { finish = .contextFull }
    }

    /// How many more tokens the answer can have.
    var remainingCount: Int {
        guard finish == nil else { return 0 }
        return min(room, stop.maximumTokenCount.map { $0 - tokenCount } ?? room)
    }

    /// Takes the next token; returns the text that has become certain.
    mutating func append(_ token: Int) -> String {
        precondition(finish == nil, "The answer has ended; no token can follow.")
        guard !stop.endOfText.contains(token) else {
            finish = .endOfText(token: token)
            return rest()
        }
        tokenCount += 1
        room -= 1
        let certain = strings.append(text.append(token))
        if let found = strings.found {
            finish = .stopString(found)
        } else if tokenCount == stop.maximumTokenCount {
            finish = .tokenLimit
        } else if room == 0 {
            finish = .contextFull
        }
        return finish == nil ? certain : certain + rest()
    }

    /// Ends the answer from outside; returns the text that was held back.
    mutating func end(_ reason: FinishReason) -> String {
        guard finish == nil else { return "" }
        finish = reason
        return rest()
    }

    /// What was held back and is now certain. The last bytes of the detokeniser may complete a stop string, too.
    private mutating func rest() -> String {
        guard strings.found == nil else { return "" }
        let last = strings.append(text.flush())
        if let found = strings.found { finish = .stopString(found) }
        return last + strings.flush()
    }
}
