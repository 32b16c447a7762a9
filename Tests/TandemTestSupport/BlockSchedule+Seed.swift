import TandemMath
public import TandemModels

extension BlockSchedule {
    /// Blocks of lengths that a seed decides.
    public static func drawn(lengths: ClosedRange<Int>, count: Int, seed: UInt64) -> BlockSchedule {
        var generator = SeededGenerator(seed: seed)
        return drawn(lengths: lengths, count: count, using: &generator)
    }
}
