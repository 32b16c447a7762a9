public import TandemDecoding
import TandemMath
public import TandemModels

/// A judge made from labelled tokens, and what it is worth on answers that it did not see.
public struct JudgeCalibration: Sendable {
    /// What was found on held-out answers.
    public struct Report: Sendable, Equatable, Codable {
        /// Good tokens that were learnt from.
        public var goodCount: Int
        /// Bad ones.
        public var badCount: Int
        /// What the judge makes of held-out ones.
        public var heldOut: JudgeScore

        enum CodingKeys: String, CodingKey {
            case goodCount = "learnt_good"
            case badCount = "learnt_bad"
            case heldOut = "held_out"
        }
    }

    /// The judge.
    public let head: JudgeHead
    /// What it is worth.
    public let report: Report

    /// Learns from some answers and measures on the others.
    ///
    /// - Parameters:
    ///   - answers: Labelled tokens of each answer.
    ///   - heldOutShare: The share of answers that is not learnt from: evenly spread ones.
    ///   - training: How the head is trained.
    ///   - large: The large model whose last states they are.
    ///   - progress: Told after every step how many tokens were learnt from; what it throws ends the training.
    /// - Throws: ``TrainingError`` if one kind of tokens is missing.
    public init(
        _ answers: [JudgeMaterial.LabelledStates], heldOutShare: Double, training: JudgeTraining, large: LargeModel,
        progress: (Int) throws -> Void = { _ in }
    ) throws {
        let chosen = max(1, Int((heldOutShare * Double(answers.count)).rounded()))
        let isHeldOut = answers.indices.map { EvenSpread.contains($0, chosen: chosen, of: answers.count) }
        func part(_ isWanted: Bool) -> JudgeMaterial.LabelledStates {
            JudgeMaterial.LabelledStates(
                joining: zip(answers, isHeldOut).filter { $1 == isWanted }.map(\.0), width: large.configuration.width)
        }
        let (learnt, heldOut) = (part(false), part(true))
        let goodCount = learnt.isGood.count { $0 }
        let badCount = learnt.isGood.count - goodCount
        guard goodCount > 0, badCount > 0 else {
            throw TrainingError(
                "There are \(goodCount) good tokens and \(badCount) bad ones to learn from, and a judge needs both. Give more "
                    + "answers, or wrong ones beside the right ones.")
        }
        head = try training.train(
            on: learnt.states, isGood: learnt.isGood, state: large.configuration.layerCount, progress: progress)
        report = Report(
            goodCount: goodCount, badCount: badCount,
            heldOut: JudgeScore(head, on: heldOut.states, isGood: heldOut.isGood))
    }
}
