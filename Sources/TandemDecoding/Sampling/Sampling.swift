/// How the next token is chosen from the large model's logits.
///
///     Sampling.greedy
///     try Sampling(temperature: 0.8, topP: 0.95, seed: 7)
///
/// The order is fixed:
///
/// 1. `logitBias` is added; then the penalties, in the order repetition, frequency and presence. (As in llama.cpp and
///    vLLM: the bias changes what the model says, penalties judge the result.)
/// 2. With temperature 0, the greatest logit is chosen and the rest is moot.
/// 3. Logits are divided by the temperature.
/// 4. `topK`, `typicalP`, `topP`, `minP` each drop tokens, and what is left is normalised before the next one looks at it.
/// 5. One of the tokens that are left is drawn.
///
/// Hugging Face, vLLM and the OpenAI API apply the temperature before they drop tokens, llama.cpp and MLX after it. The
/// former is the default; ``Truncation/beforeTemperature`` gives the latter.
///
/// The draw takes its noise from seed, position and token alone (`GumbelNoise`): the same request with
/// the same seed has the same answer, whatever drafts, threads and other conversations there are.
public struct Sampling: Sendable, Hashable {
    /// Which law the truncating filters look at.
    public enum Truncation: String, Sendable, Hashable, Codable {
        /// The law at the temperature: fewer tokens pass at a low one.
        case afterTemperature
        /// The model's own law: the temperature only changes the draw.
        case beforeTemperature
    }

    /// Flattens (above 1) or sharpens (below 1) the law; 0, or anything below 1/10,000, always takes the likeliest token.
    public var temperature: Float { values.temperature }
    /// Only this many likeliest tokens; `nil` for all.
    public var topK: Int? { values.topK }
    /// Only the likeliest tokens that together have this probability; `nil` for all.
    public var topP: Float? { values.topP }
    /// Only tokens at least this many times as likely as the likeliest; `nil` for all.
    public var minP: Float? { values.minP }
    /// Only tokens whose surprise is closest to what is expected, until they have this probability; `nil` for all.
    /// (Meister et al., "Locally Typical Sampling", 2023.)
    public var typicalP: Float? { values.typicalP }
    /// Whether the filters see the law before or after the temperature.
    public var truncation: Truncation { values.truncation }
    /// Divides positive and multiplies negative logits of tokens seen in the prompt or the answer; 1 for none.
    /// (Keskar et al., "CTRL", 2019.)
    public var repetitionPenalty: Float { values.repetitionPenalty }
    /// Subtracted from the logits of tokens seen in the answer; 0 for none.
    public var presencePenalty: Float { values.presencePenalty }
    /// Subtracted once for each time that the answer has the token; 0 for none.
    public var frequencyPenalty: Float { values.frequencyPenalty }
    /// How many of the latest tokens the penalties look at; `nil` for all.
    public var penaltyWindow: Int? { values.penaltyWindow }
    /// Added to the logits of these tokens.
    public var logitBias: [Int: Float] { values.logitBias }
    /// Where the noise comes from; `nil` to have one chosen at random.
    public var seed: UInt64? { values.seed }

    private var values: Values

    /// Always the likeliest token.
    public static let greedy = Sampling(checked: Values())

    /// Checks and keeps the options.
    ///
    /// - Throws: ``GenerationError/invalidOption(name:value:rule:)``.
    public init(
        temperature: Float = 1, topK: Int? = nil, topP: Float? = nil, minP: Float? = nil, typicalP: Float? = nil,
        truncation: Truncation = .afterTemperature, repetitionPenalty: Float = 1, presencePenalty: Float = 0,
        frequencyPenalty: Float = 0, penaltyWindow: Int? = nil, logitBias: [Int: Float] = [:], seed: UInt64? = nil
    ) throws {
        let values = Values(
            temperature: temperature, topK: topK, topP: topP, minP: minP, typicalP: typicalP, truncation: truncation,
            repetitionPenalty: repetitionPenalty, presencePenalty: presencePenalty, frequencyPenalty: frequencyPenalty,
            penaltyWindow: penaltyWindow, logitBias: logitBias, seed: seed)
        try values.check()
        self.init(checked: values)
    }

    private init(checked values: Values) { self.values = values }

    /// Whether the likeliest token is taken, without a draw.
    public var isGreedy: Bool { temperature < 1e-4 }

    /// Whether some filter may drop tokens.
    var truncates: Bool { topK != nil || topP ?? 1 < 1 || minP ?? 0 > 0 || typicalP ?? 1 < 1 }

    /// Whether earlier tokens matter.
    var penalizes: Bool { repetitionPenalty != 1 || presencePenalty != 0 || frequencyPenalty != 0 }

    /// What logits are multiplied with.
    var scale: Float { isGreedy ? 1 : 1 / temperature }

    /// The same, with this seed.
    public func seeded(_ seed: UInt64) -> Sampling {
        var copy = self
        copy.values.seed = seed
        return copy
    }
}

extension Sampling: Codable {
    /// Reads an object in which every option may be missing; it is then as ``init(temperature:topK:topP:minP:typicalP:truncation:repetitionPenalty:presencePenalty:frequencyPenalty:penaltyWindow:logitBias:seed:)`` has it.
    ///
    /// - Throws: ``GenerationError/invalidOption(name:value:rule:)`` too.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let values = try container.decode(Values.self)
        try values.check()
        self.init(checked: values)
    }

    /// Writes all options that are set.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(values)
    }
}

/// The options before they are checked.
private struct Values: Sendable, Hashable, Codable {
    var temperature: Float = 0
    var topK: Int?
    var topP: Float?
    var minP: Float?
    var typicalP: Float?
    var truncation = Sampling.Truncation.afterTemperature
    var repetitionPenalty: Float = 1
    var presencePenalty: Float = 0
    var frequencyPenalty: Float = 0
    var penaltyWindow: Int?
    var logitBias: [Int: Float] = [:]
    var seed: UInt64?

    func check() throws {
        func require(_ holds: Bool, _ name: String, _ value: (some Any)?, _ rule: String) throws {
            guard !holds else { return }
            let text = value.map { "\($0)" } ?? "missing"
            throw GenerationError.invalidOption(name: name, value: text, rule: rule)
        }
        try require(temperature >= 0 && temperature.isFinite, "temperature", temperature, "a number from 0 up")
        try require(topK ?? 1 >= 1, "topK", topK, "at least 1, or left out to allow all tokens")
        for (name, value) in [("topP", topP), ("minP", minP), ("typicalP", typicalP)] {
            try require((0...1).contains(value ?? 1), name, value, "between 0 and 1, or left out")
        }
        try require(
            repetitionPenalty > 0 && repetitionPenalty.isFinite, "repetitionPenalty", repetitionPenalty,
            "a number above 0 (1 for no penalty)")
        try require(presencePenalty.isFinite, "presencePenalty", presencePenalty, "a number")
        try require(frequencyPenalty.isFinite, "frequencyPenalty", frequencyPenalty, "a number")
        try require(penaltyWindow ?? 0 >= 0, "penaltyWindow", penaltyWindow, "0 or more, or left out for all tokens")
        for (token, bias) in logitBias {
            try require(bias.isFinite, "logitBias", "\(bias) for token \(token)", "a number")
        }
    }
}

extension Values {
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        temperature = try container.decodeIfPresent(Float.self, forKey: .temperature) ?? 1
        topK = try container.decodeIfPresent(Int.self, forKey: .topK)
        topP = try container.decodeIfPresent(Float.self, forKey: .topP)
        minP = try container.decodeIfPresent(Float.self, forKey: .minP)
        typicalP = try container.decodeIfPresent(Float.self, forKey: .typicalP)
        truncation = try container.decodeIfPresent(Sampling.Truncation.self, forKey: .truncation) ?? truncation
        repetitionPenalty = try container.decodeIfPresent(Float.self, forKey: .repetitionPenalty) ?? repetitionPenalty
        presencePenalty = try container.decodeIfPresent(Float.self, forKey: .presencePenalty) ?? presencePenalty
        frequencyPenalty = try container.decodeIfPresent(Float.self, forKey: .frequencyPenalty) ?? frequencyPenalty
        penaltyWindow = try container.decodeIfPresent(Int.self, forKey: .penaltyWindow)
        logitBias = try container.decodeIfPresent([Int: Float].self, forKey: .logitBias) ?? logitBias
        seed = try container.decodeIfPresent(UInt64.self, forKey: .seed)
    }
}
