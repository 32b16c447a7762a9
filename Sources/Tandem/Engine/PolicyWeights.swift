import TandemCheckpoint
public import TandemDecoding
public import TandemJSON
public import TandemMath
import TandemModels

/// Members of a bundle's calibration that policies of drafting read.
public enum PolicyCalibration {
    /// How often guesses stand, by place and by the probability that the small model gave them.
    public static let acceptance = "acceptance"
    /// The same by what the router says of them.
    public static let routerAcceptance = "router_acceptance"
}

extension JSONValue {
    /// Counts as a bundle's calibration has them: for `greedy` and for `drawn` answers, for each place in a block,
    /// `[judged, accepted]` for each level of confidence.
    public init(_ acceptance: MeasuredAcceptance) {
        self = .object([
            JSONMember(name: "greedy", value: JSONValue(acceptance.greedy)),
            JSONMember(name: "drawn", value: JSONValue(acceptance.drawn)),
        ])
    }

    private init(_ cells: [[AcceptanceTable.Cell]]) {
        self = .array(
            cells.map { place in .array(place.map { .array([.number($0.judged), .number($0.accepted)]) }) })
    }

    /// The counts of one kind of answers; nil if this is something else.
    fileprivate var acceptanceCells: [[AcceptanceTable.Cell]]? {
        guard let elements, !elements.isEmpty else { return nil }
        var places: [[AcceptanceTable.Cell]] = []
        for place in elements {
            guard let cells = place.elements else { return nil }
            places.append([])
            for cell in cells {
                guard let counts = cell.elements?.compactMap(\.number), counts.count == 2,
                    (0...counts[0]).contains(counts[1])
                else { return nil }
                places[places.count - 1].append(AcceptanceTable.Cell(judged: counts[0], accepted: counts[1]))
            }
        }
        return places
    }
}

extension TandemBundle {
    /// Counts of the calibration; nil if there are none. The first bundles have one table for all answers.
    ///
    /// - Throws: ``EngineError/unusablePart(_:path:)`` if it is something else.
    func acceptance(_ name: String) throws -> MeasuredAcceptance? {
        guard let value = calibration?[name] else { return nil }
        guard let greedy = (value["greedy"] ?? value).acceptanceCells,
            let drawn = (value["drawn"] ?? value).acceptanceCells
        else { throw EngineError.unusablePart(.acceptance, path: path) }
        return MeasuredAcceptance(greedy: greedy, drawn: drawn)
    }
}

extension RouterNetwork {
    /// The network of a bundle: `first`, `firstBias`, `second`, `secondBias`.
    convenience init(named weights: [String: Matrix], of small: SmallModel, file: String) throws {
        guard Set(weights.keys) == ["first", "firstBias", "second", "secondBias"], let first = weights["first"],
            let firstBias = weights["firstBias"], let second = weights["second"],
            let secondBias = weights["secondBias"], secondBias.rows == 1, secondBias.columns == 1,
            first.rows > 0,
            first.columns > small.embeddingWidth + 1, [firstBias, second].allSatisfy({ $0.rows == 1 }),
            firstBias.columns == first.rows, second.columns == first.rows
        else {
            throw EngineError.unusablePart(.router, path: file)
        }
        self.init(
            topCount: first.columns - 1 - small.embeddingWidth, first: first, firstBias: firstBias,
            second: second,
            secondBias: secondBias[0, 0], embedding: { small.embedding(of: $0) })
    }

    /// Its weights as a bundle names them.
    public var namedWeights: [String: Matrix] {
        [
            "first": first, "firstBias": firstBias, "second": second,
            "secondBias": Matrix(rows: 1, columns: 1, values: [secondBias]),
        ]
    }
}

extension JudgeHead {
    /// The head of a bundle: `weight` and `bias`, for the large model's last state.
    init(named weights: [String: Matrix], of large: LargeModel, file: String) throws {
        let configuration = large.configuration
        guard Set(weights.keys) == ["weight", "bias"], let weight = weights["weight"], let bias = weights["bias"],
            weight.rows == 1, weight.columns == configuration.width, bias.rows == 1, bias.columns == 1
        else {
            throw EngineError.unusablePart(.judge, path: file)
        }
        self.init(state: configuration.layerCount, weights: weight.row(0), bias: bias[0, 0])
    }

    /// Its weights as a bundle names them.
    public var namedWeights: [String: Matrix] {
        [
            "weight": Matrix(rows: 1, columns: weights.count, values: weights),
            "bias": Matrix(rows: 1, columns: 1, values: [bias]),
        ]
    }
}
