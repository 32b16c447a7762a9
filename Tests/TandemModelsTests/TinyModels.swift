import TandemMath
import TandemModels
import TandemTestSupport
import Testing

/// Tiny models of every architecture, rotary scaling and weight format.
struct TinyModel: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let source: RandomModel

    static let all: [TinyModel] = [
        make("llama in F32", .llama),
        make("llama in F16, stretched", .llama, format: .float16, scaling: .linear(factor: 2)),
        make(
            "llama 3 in BF16", .llama, format: .bfloat16,
            scaling: .llama3(factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContextLength: 64)),
        make("mistral in Q8_0", .mistral, format: .q8_0, ties: true),
        make("qwen2 in Q4_0", .qwen2, format: .q4_0, bias: true),
        make("qwen3 in Q4_1", .qwen3, format: .q4_1, headWidth: 24, norms: true, ties: true),
        make("llama in Q5_0", .llama, format: .q5_0, output: .q8_0),
        make("qwen2 in Q5_1", .qwen2, format: .q5_1, bias: true, ties: true),
        make("llama in Q4_K and Q6_K", .llama, width: 256, format: .q4_K, output: .q6_K),
        make("qwen3 in Q5_K", .qwen3, width: 256, format: .q5_K, headWidth: 64, norms: true),
    ]

    static var plain: TinyModel { all[0] }

    /// One of each kind of attention, all numbers exact.
    static let exact: [TinyModel] = [
        plain, make("qwen2 in F32", .qwen2, bias: true),
        make("qwen3 in F32", .qwen3, headWidth: 24, norms: true),
    ]

    private static func make(
        _ name: String, _ architecture: Architecture, width: Int = 64, format: TensorFormat = .float32,
        output: TensorFormat? = nil, headWidth: Int? = nil, scaling: RotaryScaling = .none, bias: Bool = false,
        norms: Bool = false, ties: Bool = false
    ) -> TinyModel {
        do {
            let configuration = try TransformerConfiguration(
                architecture: architecture, vocabularyCount: 50, width: width, layerCount: width > 64 ? 1 : 3,
                headCount: 4, keyValueHeadCount: 2, headWidth: headWidth, feedForwardWidth: width > 64 ? 256 : 96,
                contextLength: 512, rotaryScaling: scaling, hasAttentionBias: bias, hasQueryKeyNorm: norms,
                tiesEmbedding: ties)
            return TinyModel(
                testDescription: name, source: RandomModel(configuration, format: format, outputFormat: output))
        } catch {
            preconditionFailure("\(name): \(error)")
        }
    }

    func load(threads: Int = 1) throws -> Reader { try Reader(source, threads: threads) }
}

/// A model with what a pass needs.
struct Reader {
    let model: LargeModel
    let scratch: ModelScratch
    let pool: ComputePool
    let allLayers: Set<Int>

    init(_ source: any ParameterSource, threads: Int) throws {
        pool = ComputePool(threadCount: threads)
        model = try LargeModel(source, pool: pool)
        scratch = ModelScratch(model.configuration)
        allLayers = Set(0...model.configuration.layerCount)
    }

    /// The same weights with other threads and fresh scratch.
    init(_ model: LargeModel, threads: Int) {
        self.model = model
        pool = ComputePool(threadCount: threads)
        scratch = ModelScratch(model.configuration)
        allLayers = Set(0...model.configuration.layerCount)
    }

    /// Reads spans in one pass; for each span, what every token left.
    func pass(_ spans: [(cache: KeyValueCache, tokens: [Int])]) throws -> [Reading] {
        let starts = spans.map(\.cache.count)
        let output = try model.forward(
            spans.map { ModelSpan(cache: $0.cache, tokens: $0.tokens, logits: .all) }, capturing: allLayers,
            scratch: scratch, pool: pool)
        return spans.indices.map { index in
            Reading(
                logits: output.logitRows[index].map { output.logits.row($0).map(\.bitPattern) },
                states: output.spanRows[index].map { row in
                    allLayers.sorted().flatMap { output.hiddenStates[$0]?.row(row).map(\.bitPattern) ?? [] }
                },
                memory: (starts[index]..<starts[index] + spans[index].tokens.count).map {
                    spans[index].cache.bits(position: $0)
                })
        }
    }

    /// Reads tokens in pieces of the given sizes, the last one taking what is left.
    func read(_ tokens: [Int], into cache: KeyValueCache, pieces: [Int] = []) throws -> Reading {
        var reading = Reading()
        var rest = tokens[...]
        for size in pieces + [tokens.count] where !rest.isEmpty {
            let piece = Array(rest.prefix(size))
            rest = rest.dropFirst(size)
            reading.append(try pass([(cache, piece)])[0])
        }
        return reading
    }

    /// Reads tokens one by one with a cache of their own.
    func readAlone(_ tokens: [Int]) throws -> Reading {
        try read(
            tokens, into: model.makeCache(capacity: tokens.count), pieces: [Int](repeating: 1, count: tokens.count))
    }
}

/// The bits that tokens left: logits, all hidden states, keys and values.
struct Reading: Equatable {
    var logits: [[UInt32]] = []
    var states: [[UInt32]] = []
    var memory: [[UInt16]] = []

    mutating func append(_ other: Reading) {
        logits += other.logits
        states += other.states
        memory += other.memory
    }

    func prefix(_ count: Int) -> Reading {
        Reading(
            logits: Array(logits.prefix(count)), states: Array(states.prefix(count)),
            memory: Array(memory.prefix(count)))
    }

    func suffix(from start: Int) -> Reading {
        Reading(
            logits: Array(logits[start...]), states: Array(states[start...]), memory: Array(memory[start...]))
    }

    /// Expects equality, and says where it ends.
    func expect(_ other: Reading, _ comment: String, sourceLocation: SourceLocation = #_sourceLocation) {
        guard self != other else { return }
        func first<Row: Equatable>(_ a: [Row], _ b: [Row]) -> String {
            guard a.count == b.count else { return "\(a.count) and \(b.count) rows" }
            return zip(a, b).enumerated().first { $0.element.0 != $0.element.1 }.map { "row \($0.offset)" } ?? "equal"
        }
        Issue.record(
            "\(comment): logits \(first(logits, other.logits)), states \(first(states, other.states)), memory \(first(memory, other.memory))",
            sourceLocation: sourceLocation)
    }
}

/// Token ids from a seed.
func randomTokens(_ count: Int, below bound: Int = 50, seed: UInt64) -> [Int] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in generator.next(in: 0...bound - 1) }
}

/// Sizes that add up to `count`.
func randomPieces(_ count: Int, upTo largest: Int, seed: UInt64) -> [Int] {
    var generator = SeededGenerator(seed: seed)
    var (sizes, rest) = ([Int](), count)
    while rest > 0 {
        sizes.append(min(rest, generator.next(in: 1...largest)))
        rest -= sizes[sizes.count - 1]
    }
    return sizes
}

/// The greatest distance between two numbers at the same place.
func greatestDifference(_ a: [Float], _ b: [Float]) -> Float {
    guard a.count == b.count else { return .infinity }
    // What is not a number is no smaller than anything.
    return zip(a, b).reduce(0) { greatest, pair in
        let difference = abs(pair.0 - pair.1)
        return difference <= greatest ? greatest : difference
    }
}

func rootMeanSquare(_ numbers: [Float]) -> Float {
    (numbers.reduce(0) { $0 + $1 * $1 } / Float(numbers.count)).squareRoot()
}
