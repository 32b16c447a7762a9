public import TandemMath

/// Where each position's block begins.
///
/// A query at position `p` reads the large model's memory before `start(of: p)` and the small model's own rows from there
/// on. Training fixes the lengths in advance; decoding discovers them.
///
///     BlockSchedule.fixed(length: 4).start(of: 6)   // 4
///     BlockSchedule.whole.start(of: 6)              // 0: an ordinary causal transformer
///
/// Look-up takes constant time. `start(of: p) <= p`, and it never decreases from one position to the next.
public struct BlockSchedule: Sendable, Equatable {
    private enum Form: Equatable {
        case whole
        case fixed(length: Int, offset: Int)
        case drawn(starts: [Int32])
    }

    private let form: Form

    /// One block that begins at 0 and never ends.
    public static let whole = BlockSchedule(form: .whole)

    private init(form: Form) { self.form = form }

    /// Blocks of one length. The first ends before `offset` (with 0, the default, it is as long as the others).
    public static func fixed(length: Int, offset: Int = 0) -> BlockSchedule {
        precondition(length > 0 && offset >= 0, "Blocks of \(length) positions from \(offset) on cannot be.")
        return BlockSchedule(form: .fixed(length: length, offset: offset % length))
    }

    /// Blocks for `count` positions, each of a length drawn from `lengths` with equal chances.
    ///
    /// The first block is cut at a random place, since a sequence begins somewhere within a block of the drafter's
    /// life. Past `count` the last block goes on.
    public static func drawn(
        lengths: ClosedRange<Int>, count: Int, using generator: inout SeededGenerator
    ) -> BlockSchedule {
        precondition(lengths.lowerBound > 0, "A block has at least one position.")
        precondition(count >= 0 && count <= Int32.max, "There cannot be \(count) positions.")
        var starts: [Int32] = []
        starts.reserveCapacity(count)
        var start = 0
        var length = generator.next(in: 1...generator.next(in: lengths))
        while starts.count < count {
            let end = min(count, start + length)
            starts.append(contentsOf: repeatElement(Int32(start), count: end - start))
            start = end
            length = generator.next(in: lengths)
        }
        return BlockSchedule(form: .drawn(starts: starts))
    }

    /// The first position of the block that `position` lies in.
    public func start(of position: Int) -> Int {
        precondition(position >= 0, "There is no position \(position).")
        switch form {
        case .whole: return 0
        case .fixed(let length, let offset):
            return position < offset ? 0 : position - (position - offset) % length
        case .drawn(let starts):
            return position < starts.count ? Int(starts[position]) : Int(starts.last ?? 0)
        }
    }

    /// How many positions of its block come before `position`.
    public func index(of position: Int) -> Int { position - start(of: position) }
}

/// How the blocks of a training sequence are made.
public enum BlockPolicy: Sendable, Equatable, Codable {
    /// One block: the small model alone.
    case whole
    /// One length for all, as in the paper.
    case fixed(length: Int)
    /// A length of its own for each block, drawn anew for each sequence.
    case drawn(minimum: Int, maximum: Int)

    /// The blocks of one sequence.
    public func schedule(count: Int, using generator: inout SeededGenerator) -> BlockSchedule {
        switch self {
        case .whole: .whole
        case .fixed(let length): .fixed(length: length)
        case .drawn(let minimum, let maximum):
            .drawn(lengths: minimum...maximum, count: count, using: &generator)
        }
    }

    /// Checks the numbers.
    ///
    /// - Throws: ``ConfigurationError`` that says which lengths are possible.
    public func validate() throws {
        switch self {
        case .whole: break
        case .fixed(let length):
            guard length > 0 else { throw ConfigurationError("A block length of \(length) is not positive.") }
        case .drawn(let minimum, let maximum):
            guard minimum > 0, maximum >= minimum else {
                throw ConfigurationError(
                    "Block lengths from \(minimum) to \(maximum) cannot be drawn: the first must be positive and not "
                        + "greater than the second.")
            }
        }
    }
}
