#if canImport(Darwin)
    private import Darwin
#elseif canImport(Musl)
    private import Musl
#else
    private import Glibc
#endif

/// The learning rate of every step: a linear climb, then a plateau if there is one, then a fall.
///
///     peak ┤    ______________
///          │   /              \        cosine or linear
///          │  /                \____ final
///        0 ┼─/────────────────────────
///           warm-up   plateau   decay
public struct LearningRateSchedule: Sendable, Equatable, Codable {
    /// How the rate falls.
    public enum Decay: String, Sendable, Codable, CaseIterable {
        /// Not at all.
        case none
        /// Half a cosine wave.
        case cosine
        /// A straight line.
        case linear
    }

    /// The greatest rate.
    public let peak: Double
    /// Steps of the climb.
    public let warmUpSteps: Int
    /// All steps.
    public let totalSteps: Int
    /// How the rate falls.
    public let decay: Decay
    /// The last part of the steps over which it falls, 0 to 1; what remains after the climb is a plateau.
    public let decayShare: Double
    /// The last rate, as a share of the peak.
    public let finalShare: Double

    /// Makes a schedule after checking every value.
    ///
    /// - Throws: ``TrainingError`` that names the value and what it may be.
    public init(
        peak: Double, warmUpSteps: Int, totalSteps: Int, decay: Decay = .cosine, decayShare: Double = 1,
        finalShare: Double = 0
    ) throws {
        guard peak.isFinite, peak > 0 else {
            throw TrainingError("The learning rate is \(peak); it must be positive.")
        }
        guard totalSteps > 0, warmUpSteps >= 0, warmUpSteps <= totalSteps else {
            throw TrainingError(
                "\(warmUpSteps) warm-up steps of \(totalSteps) cannot be: warm-up takes between none and all of them.")
        }
        guard (0...1).contains(decayShare), (0...1).contains(finalShare) else {
            throw TrainingError(
                "The decay's share of the steps (\(decayShare)) and the last rate's of the peak (\(finalShare)) lie "
                    + "between 0 and 1.")
        }
        self.peak = peak
        self.warmUpSteps = warmUpSteps
        self.totalSteps = totalSteps
        self.decay = decay
        self.decayShare = decayShare
        self.finalShare = finalShare
    }

    /// The rate of a step, counted from 0. Past the end the last rate stays.
    public func rate(at step: Int) -> Double {
        precondition(step >= 0, "There is no step \(step).")
        if step < warmUpSteps { return peak * Double(step + 1) / Double(warmUpSteps) }
        let decaySteps = min(totalSteps - warmUpSteps, Int((decayShare * Double(totalSteps)).rounded()))
        let start = totalSteps - decaySteps
        guard decay != .none, decaySteps > 0, step >= start else { return peak }
        let progress = min(1, Double(step - start + 1) / Double(decaySteps))
        let share = decay == .linear ? 1 - progress : 0.5 * (1 + cos(Double.pi * progress))
        return peak * (finalShare + (1 - finalShare) * share)
    }
}
