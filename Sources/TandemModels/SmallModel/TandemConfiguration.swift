/// Which hidden state of the large model feeds each layer of the small one (ℓ in the paper).
///
/// Hidden state *n* is what enters the large model's block *n*; its last is what leaves the last block.
public enum LayerMap: Sendable, Equatable, Codable {
    /// The last layers' inputs: layer *j* of S reads state `L − S + j`. With copied last layers, each reads what the
    /// layer that it was copied from reads.
    case topAligned
    /// Spread evenly from the second state to the third from the end.
    case uniform
    /// As far up in the large model as the layer ends in the small one.
    case proportional
    /// One state for each layer.
    case explicit([Int])

    /// The states for `smallCount` layers.
    public func states(smallCount: Int, largeCount: Int) -> [Int] {
        switch self {
        case .topAligned: (0..<smallCount).map { max(0, largeCount - smallCount + $0) }
        case .uniform:
            (0..<smallCount).map { layer in
                let (low, high) = (min(2, largeCount), max(min(2, largeCount), largeCount - 2))
                return smallCount == 1
                    ? high : low + (2 * layer * (high - low) + smallCount - 1) / (2 * (smallCount - 1))
            }
        case .proportional: (0..<smallCount).map { ((2 * ($0 + 1) * largeCount) + smallCount) / (2 * smallCount) }
        case .explicit(let states): states
        }
    }
}

/// A small model beside a large one: the small one's shape, and what it takes from the other.
///
/// With ``Memory/none``, an own embedding and an own head it is an ordinary small model.
public struct TandemConfiguration: Sendable, Equatable, Codable {
    /// What stands for the positions before a block.
    public enum Memory: Sendable, Equatable, Codable {
        /// The small model's own rows: it knows nothing of the large one.
        case none
        /// A projection for each layer, as in the paper.
        case perLayer(LayerMap)
        /// Several states side by side, projected by one matrix to one context that every layer reads.
        case fused(states: [Int])
    }

    /// What tokens become.
    public enum Embedding: Sendable, Equatable, Codable {
        /// Rows of its own.
        case own
        /// The large model's rows, frozen. `projected`: normalised and multiplied by a matrix that is trained.
        case large(projected: Bool)
    }

    /// What makes logits.
    public enum Head: Sendable, Equatable, Codable {
        /// Rows of its own, trained.
        case own
        /// The large model's rows, frozen.
        case large
    }

    /// The small transformer; its vocabulary is the large model's. Its architecture says whether it has biases or head norms,
    /// as in files.
    public let small: TransformerConfiguration
    /// Channels of the large model.
    public let largeWidth: Int
    /// Layers of the large model.
    public let largeLayerCount: Int
    /// What stands for the positions before a block.
    public let memory: Memory
    /// What tokens become.
    public let embedding: Embedding
    /// What makes logits.
    public let head: Head
    /// The tokens that can be drafted; nil for all.
    public let draftTokens: [Int]?
    /// Whether the large model's final state at the last position before the block is added to every input.
    public let addsLastState: Bool

    /// Makes a configuration after checking that the parts fit.
    ///
    /// - Throws: ``ConfigurationError`` that says what does not fit.
    public init(
        small: TransformerConfiguration, largeWidth: Int, largeLayerCount: Int, memory: Memory,
        embedding: Embedding = .own, head: Head = .own, draftTokens: [Int]? = nil, addsLastState: Bool = false
    ) throws {
        guard small.hasAttentionBias == (small.architecture == .qwen2),
            small.hasQueryKeyNorm == (small.architecture == .qwen3)
        else {
            throw ConfigurationError(
                "A small model has biases if it is a \(Architecture.qwen2.rawValue), head norms if it is a "
                    + "\(Architecture.qwen3.rawValue), and neither otherwise; describe it as the one that it is.")
        }
        guard largeWidth > 0, largeLayerCount > 0 else {
            throw ConfigurationError("A large model of \(largeLayerCount) layers of \(largeWidth) channels cannot be.")
        }
        if embedding == .large(projected: false) || head == .large {
            guard small.width == largeWidth else {
                throw ConfigurationError(
                    "The large model's rows have \(largeWidth) channels and the small model's \(small.width): choose "
                        + "equal widths, a projected embedding, or a head of its own.")
            }
        }
        if addsLastState && memory == .none {
            throw ConfigurationError("Without memory there is no last state to add.")
        }
        if let draftTokens { _ = try DraftVocabulary(tokens: draftTokens, vocabularyCount: small.vocabularyCount) }
        self.small = small
        self.largeWidth = largeWidth
        self.largeLayerCount = largeLayerCount
        self.memory = memory
        self.embedding = embedding
        self.head = head
        self.draftTokens = draftTokens
        self.addsLastState = addsLastState
        for states in projections {
            for state in states where state < 0 || state > largeLayerCount {
                throw ConfigurationError(
                    "There is no hidden state \(state); the large model has states 0 to \(largeLayerCount).")
            }
            guard !states.isEmpty else { throw ConfigurationError("A context is made of at least one hidden state.") }
        }
        if case .perLayer = memory, projections.count != small.layerCount {
            throw ConfigurationError(
                "The layer map names \(projections.count) states for \(small.layerCount) layers.")
        }
    }

    /// For each projection, the hidden states that it reads side by side.
    public var projections: [[Int]] {
        switch memory {
        case .none: []
        case .perLayer(let map):
            map.states(smallCount: small.layerCount, largeCount: largeLayerCount).map { [$0] }
        case .fused(let states): [states]
        }
    }

    /// Which projection a layer reads.
    func projection(of layer: Int) -> Int { if case .fused = memory { 0 } else { layer } }

    /// The hidden states that the large model must capture.
    public var capturedStates: Set<Int> {
        Set(projections.joined()).union(addsLastState ? [largeLayerCount] : [])
    }

    /// The tokens that can be drafted.
    public var draftVocabulary: DraftVocabulary {
        // The initialiser has checked the tokens.
        draftTokens.flatMap { try? DraftVocabulary(tokens: $0, vocabularyCount: small.vocabularyCount) }
            ?? DraftVocabulary(whole: small.vocabularyCount)
    }
}
