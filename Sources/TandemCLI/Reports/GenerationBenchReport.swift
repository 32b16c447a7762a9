import TandemBenchmark

/// The figures of `bench generate`, for people and for programs.
struct GenerationBenchReport: FigureReport {
    /// What was run.
    struct Setting: Encodable {
        var model: String
        var threads: Int
        var temperature: Float
        var seed: UInt64
        var maxTokens: Int
        var conversations: Int
        var prompts: Int
        var repetitions: Int
        var peer: String?

        enum CodingKeys: String, CodingKey {
            case model, threads, temperature, seed, conversations, prompts, repetitions, peer
            case maxTokens = "max_tokens"
        }
    }

    /// A figure with how far it went.
    struct Figure: Encodable {
        var median: Double?
        var lowest: Double?
        var highest: Double?
        var isTrusted: Bool
        var samples: [Double]
        var othersCores: [Double?]

        enum CodingKeys: String, CodingKey {
            case median, lowest, highest, samples
            case isTrusted = "trusted"
            case othersCores = "others_cores"
        }

        init(_ series: Series) {
            median = series.median
            lowest = series.countedValues.min()
            highest = series.countedValues.max()
            isTrusted = series.isTrusted
            samples = series.samples.map(\.value)
            othersCores = series.samples.map(\.othersCores)
        }
    }

    /// An arm, for one kind of prompts.
    struct Cell: Encodable {
        var kind: String
        var tokensPerSecond: Figure
        var ratio: Figure
        var tokensPerPass: Double?
        var acceptanceRate: Double?

        enum CodingKeys: String, CodingKey {
            case kind, ratio
            case tokensPerSecond = "tokens_per_second"
            case tokensPerPass = "tokens_per_pass"
            case acceptanceRate = "acceptance_rate"
        }
    }

    /// An arm.
    struct Arm: Encodable {
        var name: String
        var promise: GenerationArm.Promise
        var kinds: [Cell]
        /// Over the first arm, mean of the kinds.
        var ratio: Figure
        var tokensPerPass: Double?
        var acceptanceRate: Double?
        var acceptanceByPosition: [Double]
        var draftShare: Double?
        var textsCompared: Int
        var textsSame: Int

        enum CodingKeys: String, CodingKey {
            case name, promise, kinds, ratio
            case tokensPerPass = "tokens_per_pass"
            case acceptanceRate = "acceptance_rate"
            case acceptanceByPosition = "acceptance_by_position"
            case draftShare = "draft_share"
            case textsCompared = "texts_compared"
            case textsSame = "texts_same"
        }

        /// What people are told of the texts.
        var texts: String {
            switch promise {
            case .sameText where textsSame == textsCompared: "same \(textsSame)/\(textsCompared)"
            case .sameText: "DIFFERENT \(textsCompared - textsSame)/\(textsCompared)"
            case .ownText: "own, \(textsSame)/\(textsCompared) same"
            }
        }
    }

    struct Difference: Encodable {
        var arm: String
        var kind: String
        var prompt: String
        var token: Int
    }

    var setting: Setting
    var kinds: [String]
    var arms: [Arm]
    /// Texts that broke a promise.
    var differences: [Difference]
    /// Cores that others kept busy over the whole run; `nil` where the system does not say.
    var othersCores: Double?

    enum CodingKeys: String, CodingKey {
        case setting, kinds, arms, differences
        case othersCores = "others_cores"
    }

    /// Whether every figure was taken beside quiet others.
    var isTrusted: Bool { arms.allSatisfy { $0.ratio.isTrusted && $0.kinds.allSatisfy(\.tokensPerSecond.isTrusted) } }

    init(_ comparison: GenerationComparison, setting: Setting) {
        self.setting = setting
        kinds = comparison.kinds
        othersCores = comparison.othersCores
        differences = comparison.differences.map {
            Difference(arm: $0.arm, kind: $0.kind, prompt: $0.prompt, token: $0.position)
        }
        arms = comparison.arms.enumerated().map { index, arm in
            let counts = comparison.counts(of: index)
            return Arm(
                name: arm.name, promise: arm.promise,
                kinds: comparison.kinds.map { kind in
                    let counts = comparison.counts(of: index, kind: kind)
                    return Cell(
                        kind: kind, tokensPerSecond: Figure(comparison.speed(of: index, kind: kind)),
                        ratio: Figure(comparison.ratio(of: index, kind: kind)), tokensPerPass: counts.tokensPerRound,
                        acceptanceRate: counts.acceptanceRate)
                },
                ratio: Figure(comparison.ratio(of: index)), tokensPerPass: counts.tokensPerRound,
                acceptanceRate: counts.acceptanceRate, acceptanceByPosition: counts.acceptanceByPosition,
                draftShare: counts.draftShare, textsCompared: comparison.textCounts[index],
                textsSame: comparison.sameCounts[index])
        }
    }
}
