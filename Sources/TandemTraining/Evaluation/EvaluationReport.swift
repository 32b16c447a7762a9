/// What an evaluation of one small model found.
public struct EvaluationReport: Sendable, Equatable, Codable {
    /// How well the tokens at some place in a block are predicted.
    public struct Prediction: Sendable, Equatable, Codable {
        /// Predictions made.
        public var count: Int
        /// Share of them whose most probable token is the text's next.
        public var accuracy: Estimate
        /// −ln q of the text's next token, in nats, over those that can be drafted.
        public var crossEntropy: Estimate?
        /// −ln p of the same tokens, with the large model's p over what can be drafted alone, as q is: what
        /// ``crossEntropy`` is to be held against.
        public var largeCrossEntropy: Estimate?
        /// Share whose most probable token is the large model's too.
        public var agreement: Estimate
        /// Σ min(p, q) with the large model's p over its whole vocabulary: the chance that rejection sampling keeps a
        /// draft at temperature 1.
        public var overlap: Estimate
        /// Share in which both models draw the same token with shared noise, at temperature 1.
        public var coupled: Estimate?
        /// Of those whose most probable token is not the large model's, the share whose second most probable one is: what a
        /// second branch would catch. Nil if they always agree.
        public var secondChoice: Estimate?

        /// Total variation distance to the large model: 1 − ``overlap``.
        public var variation: Estimate { Estimate(value: 1 - overlap.value, error: overlap.error) }

        enum CodingKeys: String, CodingKey {
            case count, accuracy, agreement, overlap, coupled
            case crossEntropy = "cross_entropy"
            case largeCrossEntropy = "large_cross_entropy"
            case secondChoice = "second_choice"
        }
    }

    /// Greedy speculative decoding with one block length, replayed over the documents that it would have given: rounds begin
    /// where the token falls that the round before got from the large model; those cut off by the end of an answer are left
    /// out.
    public struct Rounds: Sendable, Equatable, Codable {
        /// Tokens drafted in a round.
        public var blockLength: Int
        /// Rounds.
        public var count: Int
        /// In how many of them 0, 1, … tokens were kept.
        public var kept: [Int]
        /// Tokens that a round brings, the large model's own included.
        public var tokensPerRound: Estimate

        enum CodingKeys: String, CodingKey {
            case count, kept
            case blockLength = "block_length"
            case tokensPerRound = "tokens_per_round"
        }
    }

    /// How many of the marked tokens can be drafted at all.
    public struct Coverage: Sendable, Equatable, Codable {
        /// By the draft vocabulary.
        public var vocabulary: Estimate
        /// By it and the tokens of the prompt.
        public var withPrompt: Estimate
        /// By it and all tokens that came before.
        public var withAnswer: Estimate

        enum CodingKeys: String, CodingKey {
            case vocabulary
            case withPrompt = "with_prompt"
            case withAnswer = "with_answer"
        }
    }

    /// The large model on the same tokens, all of them.
    public struct Reference: Sendable, Equatable, Codable {
        /// Share of tokens that are its most probable.
        public var accuracy: Estimate
        /// −ln p of them, those that cannot be drafted included.
        public var crossEntropy: Estimate

        enum CodingKeys: String, CodingKey {
            case accuracy
            case crossEntropy = "cross_entropy"
        }
    }

    /// Documents.
    public var documentCount: Int
    /// Those of them in which every marked token is the large model's most probable one, as in answers that were given
    /// greedily. Greedy rounds can be replayed over these alone: in all others greedy decoding would have gone on differently.
    public var greedyDocumentCount: Int
    /// Marked tokens in them.
    public var tokenCount: Int
    /// Over all places in a block.
    public var overall: Prediction
    /// By place in a block: first the token right behind the block's first.
    public var positions: [Prediction]
    /// By block length, from 1 on, as far as there are rounds: none without greedy documents.
    public var rounds: [Rounds]
    /// What can be drafted.
    public var coverage: Coverage
    /// The large model.
    public var large: Reference

    enum CodingKeys: String, CodingKey {
        case overall, positions, rounds, coverage, large
        case documentCount = "documents"
        case greedyDocumentCount = "greedy_documents"
        case tokenCount = "tokens"
    }
}
