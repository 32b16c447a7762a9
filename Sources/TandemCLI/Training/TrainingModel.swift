import Tandem
import TandemCheckpoint
import TandemMath
import TandemModels
import TandemText

/// The large model of a run, which stays as it is, and what names it.
struct TrainingModel {
    /// What people call it.
    let name: String
    /// The weights.
    let large: LargeModel
    /// What a bundle says of it.
    let identity: LargeModelIdentity
    /// The fingerprint of its tokenizer.
    let tokenizerFingerprint: String
    /// Threads for everything.
    let pool: ComputePool

    /// Loads it.
    init(_ argument: ModelArgument, threadCount: Int) throws {
        let checkpoint = try argument.open()
        name = checkpoint.displayName
        tokenizerFingerprint = BytePairTokenizer(try TokenizerDefinition(of: checkpoint)).fingerprint
        pool = ComputePool(threadCount: threadCount)
        large = try LargeModel(checkpoint, pool: pool)
        var identity = try LargeModelIdentity(of: large, from: checkpoint)
        identity.source = argument.commonName
        self.identity = identity
    }
}
