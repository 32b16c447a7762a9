public import TandemMath

/// Names, shapes and places of the parameters of a model in one block of numbers.
///
/// Weights, gradients, moments and averages are `FloatArena`s of one layout: the optimiser, the all-reduce and the
/// checkpoint each walk through them once, and layers get matrices.
///
///     var layout = ArenaLayout()
///     layout.add("layers.0.query", rows: 576, columns: 576)
///     layout.add("layers.0.attentionNorm", rows: 1, columns: 576, group: .init(decays: false))
///     let weights = layout.makeArena()
///     layout.matrix("layers.0.query", in: weights)
public struct ArenaLayout: Sendable, Equatable, Codable {
    /// What the optimiser does to a parameter that it does not do to all.
    public struct Group: Sendable, Equatable, Codable {
        /// Multiplies the learning rate.
        public var rateMultiplier: Double
        /// Whether weight decay takes part; norms and biases are left alone.
        public var decays: Bool

        /// The rate as it is, with decay, unless told otherwise.
        public init(rateMultiplier: Double = 1, decays: Bool = true) {
            self.rateMultiplier = rateMultiplier
            self.decays = decays
        }
    }

    /// One parameter.
    public struct Segment: Sendable, Equatable, Codable {
        /// Its name, unique in the layout.
        public let name: String
        /// Rows of its matrix.
        public let rows: Int
        /// Columns of its matrix.
        public let columns: Int
        /// Where it begins.
        public let offset: Int
        /// How it is optimised.
        public let group: Group

        /// Where it lies.
        public var range: Range<Int> { offset..<offset + rows * columns }
    }

    /// The parameters in their order.
    public private(set) var segments: [Segment] = []
    /// How many numbers an arena has: padding between parameters, always zero, is counted.
    public private(set) var count = 0

    /// A layout without parameters.
    public init() {}

    /// Appends a parameter.
    public mutating func add(_ name: String, rows: Int, columns: Int, group: Group = Group()) {
        precondition(!segments.contains { $0.name == name }, "There are two parameters \(name).")
        precondition(rows > 0 && columns > 0, "\(name) cannot have \(rows) rows and \(columns) columns.")
        segments.append(Segment(name: name, rows: rows, columns: columns, offset: count, group: group))
        let alignment = FloatArena.alignment
        count += (rows * columns + alignment - 1) / alignment * alignment
    }

    /// Numbers that are really trained.
    public var parameterCount: Int { segments.reduce(0) { $0 + $1.rows * $1.columns } }

    /// An arena of this layout, all zeros.
    public func makeArena() -> FloatArena { FloatArena(count: count) }

    /// The matrix of one parameter; nil if there is none of this name.
    public func matrix(_ name: String, in arena: FloatArena) -> Matrix? {
        precondition(arena.count == count, "The arena has \(arena.count) numbers, its layout \(count).")
        return segments.first { $0.name == name }.map {
            arena.matrix(rows: $0.rows, columns: $0.columns, at: $0.offset)
        }
    }

    /// Runs of neighbouring parameters that are optimised alike.
    var runs: [(range: Range<Int>, group: Group)] {
        var runs: [(range: Range<Int>, group: Group)] = []
        for segment in segments {
            if let last = runs.last, last.group == segment.group {
                runs[runs.count - 1].range = last.range.lowerBound..<segment.range.upperBound
            } else {
                runs.append((segment.range, segment.group))
            }
        }
        return runs
    }
}
