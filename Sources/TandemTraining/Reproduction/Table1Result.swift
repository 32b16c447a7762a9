/// What a reproduction of table 1 came to.
public struct Table1Result: Sendable, Equatable, Codable {
    /// A point of a learning curve, on held-out text.
    public struct CurvePoint: Sendable, Equatable, Codable {
        /// Steps taken.
        public var step: Int
        /// Share of next tokens that are the most probable.
        public var accuracy: Double
        /// −ln q of the next token.
        public var crossEntropy: Double

        /// The point as given.
        public init(step: Int, accuracy: Double, crossEntropy: Double) {
            self.step = step
            self.accuracy = accuracy
            self.crossEntropy = crossEntropy
        }

        enum CodingKeys: String, CodingKey {
            case step, accuracy
            case crossEntropy = "cross_entropy"
        }
    }

    /// One model, trained with one seed.
    public struct Run: Sendable, Equatable, Codable {
        /// Which model.
        public var arm: Table1Arm
        /// The seed.
        public var seed: UInt64
        /// Weights that were trained.
        public var parameterCount: Int
        /// The learning curve.
        public var curve: [CurvePoint]
        /// What was measured in the end, by test text.
        public var evaluations: [String: EvaluationReport]

        /// The run as given.
        public init(
            arm: Table1Arm, seed: UInt64, parameterCount: Int, curve: [CurvePoint],
            evaluations: [String: EvaluationReport]
        ) {
            self.arm = arm
            self.seed = seed
            self.parameterCount = parameterCount
            self.curve = curve
            self.evaluations = evaluations
        }

        enum CodingKeys: String, CodingKey {
            case arm, seed, curve, evaluations
            case parameterCount = "parameters"
        }
    }

    /// A mean over seeds, and how far single seeds are from it.
    public struct Spread: Sendable, Equatable, Codable {
        /// The mean.
        public var mean: Double
        /// The least and the greatest of all seeds.
        public var lowest: Double
        /// The greatest of all seeds.
        public var highest: Double

        /// Of some numbers, at least one.
        init(_ numbers: [Double]) {
            mean = numbers.reduce(0, +) / Double(max(1, numbers.count))
            lowest = numbers.min() ?? 0
            highest = numbers.max() ?? 0
        }
    }

    /// A statement about the table, and whether it holds.
    public struct Claim: Sendable, Equatable, Codable {
        /// In words.
        public var statement: String
        /// By how much, seed by seed: positive where it holds.
        public var margin: Spread
        /// The paper's margin.
        public var paperMargin: Double
        /// Whether it holds for every seed.
        public var holds: Bool { margin.lowest > 0 }
        /// Whether the mean margin is greater than the whole range over seeds: outside the spread.
        public var isOutsideSpread: Bool { holds && margin.mean > margin.highest - margin.lowest }

        enum CodingKeys: String, CodingKey {
            case statement, margin
            case paperMargin = "paper_margin"
        }
    }

    /// What all runs had in common.
    public var settings: Table1Settings
    /// What people call the large model.
    public var largeModel: String
    /// Tokens and documents of the training data.
    public var data: String
    /// Test texts in their order.
    public var tests: [String]
    /// All runs.
    public var runs: [Run]

    enum CodingKeys: String, CodingKey {
        case settings, data, tests, runs
        case largeModel = "large_model"
    }

    /// The figures of one run on a test text: means over the first places of a block; cross entropy over the tokens that can be
    /// drafted.
    public func figures(of run: Run, on test: String) -> Table1Arm.Figures? {
        guard let positions = run.evaluations[test]?.positions.prefix(settings.tablePlaceCount), !positions.isEmpty
        else { return nil }
        func mean(_ value: (EvaluationReport.Prediction) -> Double) -> Double {
            positions.reduce(0) { $0 + value($1) } / Double(positions.count)
        }
        return Table1Arm.Figures(
            accuracy: mean(\.accuracy.value), crossEntropy: mean { $0.crossEntropy?.value ?? 0 },
            agreement: mean(\.agreement.value), variation: mean(\.variation.value))
    }

    /// The large model's cross entropy on a test text, over the tokens and among the rows that the small models' are over: a
    /// mean over the same places.
    public func largeCrossEntropy(on test: String) -> Double? {
        let positions = runs.first?.evaluations[test]?.positions.prefix(settings.tablePlaceCount) ?? []
        let numbers = positions.compactMap(\.largeCrossEntropy?.value)
        return numbers.isEmpty ? nil : numbers.reduce(0, +) / Double(numbers.count)
    }

    /// Share of a test text's tokens that cannot be drafted, so that cross entropies leave them out.
    public func excludedShare(on test: String) -> Double? {
        runs.first?.evaluations[test].map { 1 - $0.coverage.vocabulary.value }
    }

    /// One figure of a model over its seeds.
    public func spread(
        of figure: KeyPath<Table1Arm.Figures, Double>, arm: Table1Arm, on test: String
    ) -> Spread? {
        let numbers = runs.filter { $0.arm == arm }.compactMap { figures(of: $0, on: test)?[keyPath: figure] }
        return numbers.isEmpty ? nil : Spread(numbers)
    }

    /// The order that the paper's table has, on one test text.
    public func claims(on test: String) -> [Claim] {
        [
            claim(
                "Tandem-CE is right more often than the small model alone", \.accuracy, .tandem, above: .small, test),
            claim(
                "Tandem-CE is right more often than the distilled small model", \.accuracy, .tandem,
                above: .smallDistilled, test),
            claim(
                "Tandem-CE has less cross entropy than the distilled small model", \.crossEntropy, .smallDistilled,
                above: .tandem, test),
            claim(
                "Tandem-Distil agrees with the large model more often than Tandem-CE", \.agreement, .tandemDistilled,
                above: .tandem, test),
            claim(
                "Tandem-Distil agrees with the large model more often than the distilled small model", \.agreement,
                .tandemDistilled, above: .smallDistilled, test),
            claim(
                "Tandem-Distil is nearer to the large model's distribution than Tandem-CE", \.variation, .tandem,
                above: .tandemDistilled, test),
            claim(
                "Tandem-Distil is nearer to the large model's distribution than the distilled small model", \.variation,
                .smallDistilled, above: .tandemDistilled, test),
        ].compactMap { $0 }
    }

    private func claim(
        _ statement: String, _ figure: KeyPath<Table1Arm.Figures, Double>, _ arm: Table1Arm, above other: Table1Arm,
        _ test: String
    ) -> Claim? {
        let margins = settings.seeds.compactMap { seed -> Double? in
            func value(_ arm: Table1Arm) -> Double? {
                runs.first { $0.arm == arm && $0.seed == seed }
                    .flatMap { figures(of: $0, on: test)?[keyPath: figure] }
            }
            guard let first = value(arm), let second = value(other) else { return nil }
            return first - second
        }
        guard !margins.isEmpty else { return nil }
        return Claim(
            statement: statement, margin: Spread(margins),
            paperMargin: arm.paper[keyPath: figure] - other.paper[keyPath: figure])
    }
}
