import TandemMath

/// What training makes small, for one position: a weighted sum of up to three losses.
///
///     Objective.data                       // cross entropy with the next token
///     Objective.tandemDistil(share: 0.5)   // λ of that, 1 − λ of cross entropy with the large model
///     Objective.totalVariation(share: 0.1)
///
/// With a draft vocabulary, a position whose next token has no row takes no part in the first loss. What the teacher
/// gives to tokens without a row is left out, and the rest is scaled up to 1 if ``renormalizes``.
public struct Objective: Sendable, Equatable, Codable {
    /// How the loss against the teacher's distribution is stated. The gradient is the same.
    public enum SoftLoss: String, Sendable, Codable, CaseIterable {
        /// −Σ q ln p.
        case crossEntropy
        /// Σ q ln (q/p): cross entropy less the teacher's entropy.
        case forwardKL
    }

    /// Weight of the cross entropy with the next token.
    public let data: Double
    /// Weight of the loss against the teacher's distribution.
    public let soft: Double
    /// How that is stated.
    public let softLoss: SoftLoss
    /// Weight of the total variation distance to the teacher's distribution.
    public let variation: Double
    /// Whether the teacher's probabilities over the draft vocabulary are scaled to sum 1.
    public let renormalizes: Bool

    /// Makes an objective after checking the weights.
    ///
    /// - Throws: ``TrainingError`` if a weight is negative, or all are 0.
    public init(
        data: Double, soft: Double = 0, softLoss: SoftLoss = .crossEntropy, variation: Double = 0,
        renormalizes: Bool = true
    ) throws {
        guard [data, soft, variation].allSatisfy({ $0.isFinite && $0 >= 0 }), data + soft + variation > 0 else {
            throw TrainingError(
                "An objective with weights \(data) (data), \(soft) (soft) and \(variation) (variation) cannot be: none "
                    + "may be negative, and one must be positive.")
        }
        self.init(
            checkedData: data, soft: soft, softLoss: softLoss, variation: variation, renormalizes: renormalizes)
    }

    private init(checkedData data: Double, soft: Double, softLoss: SoftLoss, variation: Double, renormalizes: Bool) {
        self.data = data
        self.soft = soft
        self.softLoss = softLoss
        self.variation = variation
        self.renormalizes = renormalizes
    }

    /// Cross entropy with the data alone: Tandem-CE.
    public static let data = Objective(
        checkedData: 1, soft: 0, softLoss: .crossEntropy, variation: 0, renormalizes: true)

    /// `share` of the data's cross entropy and the rest of the teacher's: the paper's second stage has ½.
    public static func tandemDistil(share: Double = 0.5) throws -> Objective {
        try Objective(data: share, soft: 1 - share)
    }

    /// Forward KL divergence from the teacher alone.
    public static let forwardKL = Objective(
        checkedData: 0, soft: 1, softLoss: .forwardKL, variation: 0, renormalizes: true)

    /// `share` of the data's cross entropy and the rest total variation distance, counting what the teacher gives to
    /// tokens without a row as missed.
    public static func totalVariation(share: Double = 0.1) throws -> Objective {
        try Objective(data: share, variation: 1 - share, renormalizes: false)
    }

    /// Whether the teacher's distribution is needed.
    public var needsTeacher: Bool { soft > 0 || variation > 0 }

    /// The weights, for the kernel.
    var weights: LossWeights { LossWeights(label: Float(data), soft: Float(soft), variation: Float(variation)) }

    /// The weighted loss of a position.
    func value(_ losses: RowLosses) -> Double {
        let softValue =
            softLoss == .crossEntropy ? Double(losses.soft) : Double(losses.soft) - Double(losses.teacherEntropy)
        return data * Double(losses.label) + soft * softValue + variation * (1 - Double(losses.overlap))
    }
}

/// Objectives one after the other: the paper trains with cross entropy first and distils afterwards.
public struct ObjectiveSchedule: Sendable, Equatable, Codable {
    /// One stage.
    public struct Stage: Sendable, Equatable, Codable {
        /// The part of all steps at which it ends, 0 to 1.
        public let end: Double
        /// What is made small in it.
        public let objective: Objective

        /// A stage that ends at this part of all steps.
        public init(end: Double, objective: Objective) {
            self.end = end
            self.objective = objective
        }
    }

    /// The stages in order.
    public let stages: [Stage]

    /// Makes a schedule after checking the order.
    ///
    /// - Throws: ``TrainingError`` if the ends do not rise to 1.
    public init(stages: [Stage]) throws {
        var last = 0.0
        for stage in stages {
            guard stage.end > last else {
                throw TrainingError("A stage of training that ends at \(stage.end) cannot follow one up to \(last).")
            }
            last = stage.end
        }
        guard last == 1 else { throw TrainingError("The stages of training end at \(last), not at 1.") }
        self.stages = stages
    }

    /// One objective from beginning to end.
    public init(_ objective: Objective) { stages = [Stage(end: 1, objective: objective)] }

    /// Whether some stage compares with the large model's probabilities.
    public var needsTeacher: Bool { stages.contains(where: \.objective.needsTeacher) }

    /// What is made small in a step.
    public func objective(at step: Int, of totalSteps: Int) -> Objective {
        let place = Double(step) / Double(max(1, totalSteps))
        return (stages.first { place < $0.end } ?? stages[stages.count - 1]).objective
    }
}

/// How much a position counts by its place in its block: the first drafted tokens decide whether later ones matter.
public enum PositionWeights: Sendable, Equatable, Codable {
    /// All alike.
    case uniform
    /// exp(−k / scale) for the k-th position of a block, counted from 0.
    case exponential(scale: Double)

    /// The weight of a place in its block.
    public func weight(at index: Int) -> Float {
        switch self {
        case .uniform: 1
        case .exponential(let scale): Float(TandemTraining.exponential(-Double(index) / scale))
        }
    }
}
