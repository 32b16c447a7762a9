extension LossSums {
    /// All sums as numbers, to be added over ranks.
    var numbers: [Double] {
        [
            objective, weight, Double(positionCount), Double(labelledCount), label, Double(correctCount),
            Double(taughtCount), soft, teacherEntropy, overlap, Double(agreementCount),
        ]
    }

    /// The sums that ``numbers`` gave.
    init(numbers: some Collection<Double>) {
        var rest = Array(numbers)[...]
        func next() -> Double { rest.popFirst() ?? 0 }
        objective = next()
        weight = next()
        positionCount = Int(next())
        labelledCount = Int(next())
        label = next()
        correctCount = Int(next())
        taughtCount = Int(next())
        soft = next()
        teacherEntropy = next()
        overlap = next()
        agreementCount = Int(next())
    }

    /// −ln p of the next token, mean over the positions whose next token has a row.
    public var crossEntropy: Double { label / Double(max(1, labelledCount)) }
    /// Kullback-Leibler divergence from the teacher, mean over the positions that have one.
    public var divergence: Double { (soft - teacherEntropy) / Double(max(1, taughtCount)) }
}
