/// One way to answer prompts that is compared with others: plain decoding, drafting by a tandem, another program.
///
/// The benchmark calls ``answer`` with one prompt, or with as many as are answered at once, and believes what it says about
/// time: what is the same for all (reading the prompt) is best left out of it.
public struct GenerationArm {
    /// What an arm says about its texts.
    public enum Promise: String, Sendable, Hashable, Codable {
        /// Token for token what the first arm says. It is checked.
        case sameText
        /// Nothing: a lossy mode, other noise, or another program.
        case ownText
    }

    /// For tables.
    public var name: String
    /// What it says about its texts.
    public var promise: Promise
    /// Answers prompts, all at once.
    public var answer: ([BenchmarkPrompt]) async throws -> ArmTurn

    /// An arm.
    public init(
        _ name: String, promise: Promise, answer: @escaping ([BenchmarkPrompt]) async throws -> ArmTurn
    ) {
        self.name = name
        self.promise = promise
        self.answer = answer
    }
}

/// What an arm made of the prompts that it was given at once.
public struct ArmTurn: Sendable, Hashable {
    /// One for each prompt.
    public var answers: [ArmAnswer]
    /// The time that counts.
    public var seconds: Double
    /// The tokens that it took that time to make.
    public var tokenCount: Int

    /// A turn of several answers at once.
    public init(answers: [ArmAnswer], seconds: Double, tokenCount: Int) {
        self.answers = answers
        self.seconds = seconds
        self.tokenCount = tokenCount
    }

    /// A turn of answers that were made one after the other: the time from each one's first token to its last counts.
    public init(oneAfterTheOther answers: [ArmAnswer]) {
        self.answers = answers
        seconds = answers.reduce(0) { $0 + $1.decodeSeconds }
        tokenCount = answers.reduce(0) { $0 + $1.decodedTokenCount }
    }
}

/// One answer and what it took.
public struct ArmAnswer: Sendable, Hashable {
    /// Its tokens, without the one that ended it.
    public var tokens: [Int]
    /// Whether the model ended it: that token was chosen like any other.
    public var endsByModel: Bool
    /// From the first token to the last.
    public var decodeSeconds: Double
    /// Passes of the large model that chose tokens.
    public var roundCount = 0
    /// How often the first, second, … token of a draft was there to be judged.
    public var draftedByPosition: [Int] = []
    /// How often it stood.
    public var acceptedByPosition: [Int] = []
    /// In the drafter.
    public var draftSeconds = 0.0

    /// An answer.
    public init(tokens: [Int], endsByModel: Bool, decodeSeconds: Double) {
        self.tokens = tokens
        self.endsByModel = endsByModel
        self.decodeSeconds = decodeSeconds
    }

    /// Tokens that were made in ``decodeSeconds``: the first belongs to the prompt's time.
    public var decodedTokenCount: Int { max(0, tokens.count - 1 + (endsByModel ? 1 : 0)) }
}
