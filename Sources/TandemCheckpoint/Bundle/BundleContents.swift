public import TandemJSON
public import TandemMath
public import TandemModels

/// What goes into a bundle.
public struct BundleContents: Sendable {
    /// A measured figure, for the model card.
    public struct Figure: Sendable, Equatable {
        /// What was measured.
        public var name: String
        /// Value and unit.
        public var value: String

        /// A figure with this value.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Shape, layer map, draft vocabulary, last state.
    public var configuration: TandemConfiguration
    /// Every weight of `TandemConfiguration.parameters`; a head that is the large model's is left out of the file.
    public var weights: [SmallParameter: Matrix]
    /// How matrices are stored.
    public var storage: BundleStorage
    /// Which large model it is for.
    public var large: LargeModelIdentity
    /// The tokenizer's fingerprint, if it is known.
    public var tokenizerFingerprint: String?
    /// What the bundle is called.
    public var name: String
    /// How many tokens programs shall draft that have no policy of their own.
    public var speculativeTokenCount = 5
    /// How the training came about: `training.json`.
    public var record: JSONValue?
    /// What an evaluation found: `evaluation.json`.
    public var evaluation: JSONValue?
    /// What policies of drafting need to know, such as acceptance by position: `calibration.json`.
    public var calibration: JSONValue?
    /// Weights of networks of policies beside the model, by names that begin with `router.` or `judge.`.
    public var extras: [String: Matrix] = [:]
    /// Measured figures for the model card.
    public var figures: [Figure] = []

    /// A bundle without record, evaluation and calibration; those can be set.
    public init(
        name: String, configuration: TandemConfiguration, weights: [SmallParameter: Matrix], storage: BundleStorage,
        large: LargeModelIdentity, tokenizerFingerprint: String? = nil
    ) {
        self.name = name
        self.configuration = configuration
        self.weights = weights
        self.storage = storage
        self.large = large
        self.tokenizerFingerprint = tokenizerFingerprint
    }

    /// What names of extras may begin with.
    static let extraPrefixes = ["router.", "judge."]

    static func isExtra(_ name: String) -> Bool { extraPrefixes.contains { name.hasPrefix($0) } }
}
