import ArgumentParser
import TandemCheckpoint
import TandemDecoding

/// How tokens are chosen: one flag for each option of ``Sampling``.
struct SamplingOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("0 always takes the likeliest token; higher values vary more.", valueName: "number"))
    var temperature: Float?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Draw from this many likeliest tokens only.", valueName: "count"))
    var topK: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Draw from the likeliest tokens that together have this probability.", valueName: "probability"))
    var topP: Float?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Draw from tokens at least this many times as likely as the likeliest.", valueName: "share"))
    var minP: Float?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Draw from the tokens whose surprise is closest to what is expected, until they have this probability.",
            valueName: "probability"))
    var typicalP: Float?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Above 1: tokens of the prompt or the answer become less likely.", valueName: "factor"))
    var repetitionPenalty: Float?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Subtracted from the logits of tokens that the answer has.", valueName: "number"))
    var presencePenalty: Float?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Subtracted once for each time that the answer has the token.", valueName: "number"))
    var frequencyPenalty: Float?

    @Option(
        name: .customLong("logit-bias"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Added to the logit of one token. May be given several times.", valueName: "id=number"))
    var logitBiases: [LogitBias] = []

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The same seed gives the same text. Left out: one by chance.", valueName: "number"))
    var seed: UInt64?

    func validate() throws {
        do {
            _ = try sampling(temperature: 0)
        } catch let error as GenerationError {
            throw ValidationError(error.asUsageError)
        }
    }

    /// Whether tokens are to be drawn from some of the likeliest, and so to be drawn.
    private var limitsDraws: Bool { topK != nil || topP != nil || minP != nil || typicalP != nil }

    /// The options; without a temperature, the likeliest token, or draws from the model's own law if they are limited.
    func sampling() throws -> Sampling { try sampling(temperature: limitsDraws ? 1 : 0) }

    /// What is said of a seed without draws.
    var remark: String? {
        guard seed != nil, let sampling = try? sampling(), sampling.isGreedy else { return nil }
        return "The likeliest token is always taken, whatever the seed; --temperature makes the text vary with it."
    }

    /// The options as one value.
    ///
    /// - Parameter temperature: If none was asked for.
    func sampling(temperature standard: Float) throws -> Sampling {
        try Sampling(
            temperature: temperature ?? standard, topK: topK, topP: topP, minP: minP, typicalP: typicalP,
            repetitionPenalty: repetitionPenalty ?? 1, presencePenalty: presencePenalty ?? 0,
            frequencyPenalty: frequencyPenalty ?? 0,
            logitBias: Dictionary(logitBiases.map { ($0.token, $0.bias) }) { $1 }, seed: seed)
    }

    /// The options; what is not among them is as the model's makers recommend, or else modest.
    func sampling(recommended: GenerationDefaults) throws -> Sampling {
        var options = self
        let isGreedy = recommended.samples == false && !limitsDraws
        options.temperature = temperature ?? (isGreedy ? 0 : recommended.temperature.map { Float($0) } ?? 0.7)
        options.topK = topK ?? recommended.topK.flatMap { $0 > 0 ? $0 : nil }
        options.topP = topP ?? recommended.topP.map { Float($0) } ?? 0.95
        options.minP = minP ?? recommended.minP.map { Float($0) }
        options.repetitionPenalty = repetitionPenalty ?? recommended.repetitionPenalty.map { Float($0) }
        return try options.sampling(temperature: 0)
    }
}

/// What is added to one token's logit, written `ID=NUMBER`.
struct LogitBias: ExpressibleByArgument {
    var token: Int
    var bias: Float

    init?(argument: String) {
        let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
        guard parts.count == 2, let token = Int(parts[0]), token >= 0, let bias = Float(parts[1]) else { return nil }
        self.token = token
        self.bias = bias
    }
}

extension GenerationError {
    /// The sentence with the option's name on the command line.
    var asUsageError: String {
        guard case .invalidOption(let name, let value, let rule) = self else { return description }
        let dashed = name.map { $0.isUppercase ? "-" + $0.lowercased() : String($0) }.joined()
        let option = name == "maximumTokenCount" ? "max-tokens" : dashed
        return GenerationError.invalidOption(name: "--" + option, value: value, rule: rule).description
    }
}

extension Sampling {
    /// The same with a seed by chance, if it has none: short enough to be typed, and for programs that take JSON's numbers
    /// for floating point.
    var withShortSeed: Sampling { seed == nil ? seeded(.random(in: 0..<(1 << 32))) : self }
}
