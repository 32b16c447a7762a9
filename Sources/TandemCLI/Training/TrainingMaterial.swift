import TandemModels
import TandemTraining

/// What a run learns from, and what it is measured on.
struct TrainingMaterial {
    /// What is learnt.
    let data: TrainingData
    /// Which documents are learnt, and which measured.
    let split: TrainingSplit
    /// The tokens that can be drafted; nil for all.
    let draftTokens: [Int]?
    /// What lies in the files that are learnt.
    let identity: TrainingDataIdentity
    /// What lies in the files that are measured; nil if these are the same.
    let heldOutIdentity: TrainingDataIdentity?

    /// Opens and checks the data, and reads it once.
    init(_ settings: TrainingOptions, tokenizerFingerprint: String) throws {
        let data = try TrainingData(paths: settings.data)
        try data.requireTokenizer(tokenizerFingerprint)
        let split = try TrainingSplit(data, settings: settings)
        try split.heldOutData.requireTokenizer(tokenizerFingerprint)
        self.data = data
        self.split = split
        draftTokens = try settings.draftVocabularyCount.map {
            try DraftVocabulary(mostFrequent: $0, in: data, documents: split.documents).allTokens.map(Int.init)
        }
        identity = try TrainingDataIdentity(of: data, role: "data")
        heldOutIdentity =
            try settings.valid.isEmpty
            ? nil : TrainingDataIdentity(of: split.heldOutData, role: "held-out data")
    }

    /// How much there is to learn.
    var summary: String { "\(data.tokenCount) tokens in \(data.documentCount) documents" }

    /// All files that go in.
    var inputs: [RunRecord.Input] { identity.inputs + (heldOutIdentity?.inputs ?? []) }

    /// Every text that is read, each once.
    var texts: [TrainingData] {
        heldOutIdentity != nil && split.heldOutDocuments != nil ? [data, split.heldOutData] : [data]
    }

    /// How many steps were asked for, or make up the epochs that were.
    func stepCount(_ settings: TrainingOptions) throws -> Int {
        if let steps = settings.steps { return steps }
        let plan = try SequencePlan(data, documents: split.documents, settings: settings.plan())
        return (0..<(settings.epochs ?? 1)).reduce(0) { $0 + plan.steps(ofEpoch: $1).count }
    }

    /// What is measured now and then; nil for nothing.
    func measure(_ trainer: Trainer, settings: TrainingOptions) throws -> HeldOutMeasure? {
        try split.heldOutDocuments.map {
            try HeldOutMeasure(
                of: trainer, on: split.heldOutData, documents: $0, tokenCount: settings.measureTokens,
                draftTokenCount: settings.measureDraftTokens)
        }
    }
}
