public import ArgumentParser
public import TandemCheckpoint
import TandemModels
public import TandemTraining

/// Every setting of `tandem train`: its name, what it does, what it is if nobody says.
///
/// The one list of them: flags of the command line, keys of a configuration file (``TrainingConfigurationFile``) and the
/// command's help all come from here.
struct TrainingOptions: ParsableArguments {
    // MARK: Data

    @Option(help: ArgumentHelp("What to learn from: a folder of `tandem distill`, or a token file.", valueName: "path"))
    var data: [String] = []

    @Option(
        help: ArgumentHelp(
            "What to measure on, of the same kind. Left out: the last documents of --data, which are then not learnt.",
            valueName: "path"))
    var valid: [String] = []

    @Option(
        help: ArgumentHelp("The share of documents that is held out where --valid is left out.", valueName: "share"))
    var heldOut = 0.01

    @Option(help: ArgumentHelp("The run's folder: checkpoints, curves, report, bundle.", valueName: "folder"))
    var output: String?

    @Option(
        help: ArgumentHelp(
            "Where the large model's hidden states come from: 'stored' beside the data, or 'recompute'. Left out: stored if they "
                + "are there.", valueName: "how"))
    var states: StateOrigin?

    // MARK: The small model

    @Option(
        help: ArgumentHelp(
            "The small model's shape, derived from the large one: 'tiny' (1 layer, 4096 draft tokens), 'small' (1 layer, 8192), "
                + "'base' (2 layers, 8192).", valueName: "name"))
    var preset = SmallModelPreset.standard

    @Option(help: ArgumentHelp("Layers, if not the preset's.", valueName: "count"))
    var layers: Int?

    @Option(help: ArgumentHelp("Tokens that can be drafted, if not the preset's; 0 for all.", valueName: "count"))
    var draftVocabulary: Int?

    @Option(
        help: ArgumentHelp(
            "Which of the large model's states each layer reads: 'top-aligned', 'uniform', 'proportional', 'fused' (several for "
                + "all layers), or 'none' for a small model alone.", valueName: "map"))
    var memory = MemoryChoice.topAligned

    @Option(
        help: ArgumentHelp("Whether the large model's last state is added to every input.", valueName: "true|false"))
    var lastState = true

    @Option(
        help: ArgumentHelp(
            "How weights begin: 'warm' as copies of the large model's last layers, or 'random'.", valueName: "how"))
    var start = Start.warm

    // MARK: What is made small

    @Option(
        help: ArgumentHelp(
            "'ce' (the next token), 'distil' (that and the large model's probabilities), 'kl' (those alone), or 'tv' (mostly total "
                + "variation distance).", valueName: "name"))
    var objective = ObjectiveChoice.distil

    @Option(
        help: ArgumentHelp(
            "The next token's share of the objective 'distil' or 'tv'. Left out: 0.5 or 0.1.", valueName: "share"))
    var dataShare: Double?

    @Option(
        help: ArgumentHelp(
            "The part of all steps at the beginning that learns the next token alone.", valueName: "share"))
    var firstStage = 0.0

    @Option(help: ArgumentHelp("Lengths of blocks: '1-8', '4', or 'whole'. Left out: 1-8.", valueName: "lengths"))
    var blocks: BlockLengths?

    @Option(
        help: ArgumentHelp(
            "Positions count exp(-k/scale) at the k-th place of their block. Left out: all alike.", valueName: "scale"))
    var positionScale: Double?

    @Option(
        help: ArgumentHelp(
            "Whether passes see the weights rounded as --storage keeps them, so that they learn to bear it: 'storage' or 'none'. "
                + "Left out: 'storage' for int4.", valueName: "how"))
    var rounding: Rounding?

    // MARK: How long, how fast

    @Option(help: ArgumentHelp("Steps. Left out: as many as --epochs make.", valueName: "count"))
    var steps: Int?

    @Option(help: ArgumentHelp("Passes over the data. Left out: one.", valueName: "count"))
    var epochs: Int?

    @Option(help: ArgumentHelp("Tokens of a step, on all ranks together.", valueName: "count"))
    var batchTokens = 2_048

    @Option(help: ArgumentHelp("Tokens of a sequence; longer documents are cut.", valueName: "count"))
    var sequenceLength = 512

    @Option(help: ArgumentHelp("Tokens that are computed at once: bounds memory.", valueName: "count"))
    var microBatchTokens = 4_096

    @Option(help: ArgumentHelp("The greatest learning rate. Left out: 0.0007 warm, 0.0015 random.", valueName: "rate"))
    var rate: Double?

    @Option(help: ArgumentHelp("Steps until the greatest rate. Left out: a twentieth of all.", valueName: "count"))
    var warmup: Int?

    @Option(help: ArgumentHelp("How the rate falls: 'cosine', 'linear' or 'none'.", valueName: "how"))
    var decay = LearningRateSchedule.Decay.cosine

    @Option(help: ArgumentHelp("The last part of the steps, over which it falls.", valueName: "share"))
    var decayShare = 1.0

    @Option(help: ArgumentHelp("The share of every weight that decays, times the rate.", valueName: "number"))
    var weightDecay = 0.01

    @Option(help: ArgumentHelp("The gradient's norm is scaled down to this.", valueName: "norm"))
    var clip = 1.0

    @Option(
        help: ArgumentHelp("What a step leaves of the weights' average, which is what is kept.", valueName: "share"))
    var average = 0.999

    @Option(help: ArgumentHelp("Decides the order of the data, the blocks and random weights.", valueName: "number"))
    var seed: UInt64 = 1

    // MARK: Beside the steps

    @Option(help: ArgumentHelp("When to write a checkpoint: '500' steps or '300s'.", valueName: "interval"))
    var checkpointEvery = CheckpointInterval.time(.seconds(300))

    @Option(help: ArgumentHelp("Steps between measurements on held-out text.", valueName: "count"))
    var measureEvery = 100

    @Option(help: ArgumentHelp("Tokens of held-out text that are measured.", valueName: "count"))
    var measureTokens = 16_384

    @Option(
        help: ArgumentHelp(
            "Tokens of held-out text on which drafting is measured as well: how often a place in a block is right, tokens per "
                + "round. 0 for none.", valueName: "count"))
    var measureDraftTokens = 384

    @Option(
        help: ArgumentHelp(
            "How the trained model is stored in the end: 'float32', 'bfloat16', 'int8' or 'int4'.", valueName: "format")
    )
    var storage = BundleStorage.bfloat16
}

extension BundleStorage: ExpressibleByArgument {}
extension StateOrigin: ExpressibleByArgument {}
extension SmallModelPreset: ExpressibleByArgument {}
extension LearningRateSchedule.Decay: ExpressibleByArgument {}

extension TrainingOptions {
    /// Values of `--memory`.
    enum MemoryChoice: String, ExpressibleByArgument, CaseIterable {
        case topAligned = "top-aligned"
        case uniform, proportional, fused, none
    }

    /// Values of `--start`.
    enum Start: String, ExpressibleByArgument, CaseIterable { case warm, random }

    /// Values of `--rounding`.
    enum Rounding: String, ExpressibleByArgument, CaseIterable { case storage, none }

    /// Values of `--objective`.
    enum ObjectiveChoice: String, ExpressibleByArgument, CaseIterable { case ce, distil, kl, tv }
}

/// Lengths of blocks, written `1-8`, `4` or `whole`.
struct BlockLengths: ExpressibleByArgument {
    var policy: BlockPolicy

    init?(argument: String) {
        let parts = argument.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        switch (argument, parts.count) {
        case ("whole", _): policy = .whole
        case (_, 1):
            guard let length = parts[0] else { return nil }
            policy = .fixed(length: length)
        case (_, 2):
            guard let minimum = parts[0], let maximum = parts[1] else { return nil }
            policy = .drawn(minimum: minimum, maximum: maximum)
        default: return nil
        }
    }
}

/// When to write a checkpoint: `500` steps, or `300s`.
enum CheckpointInterval: ExpressibleByArgument {
    case steps(Int)
    case time(Duration)

    init?(argument: String) {
        if let count = Int(argument), count > 0 {
            self = .steps(count)
        } else if argument.hasSuffix("s"), let seconds = Double(argument.dropLast()), seconds > 0, seconds < 1e9 {
            self = .time(.seconds(seconds))
        } else {
            return nil
        }
    }

    var defaultValueDescription: String {
        switch self {
        case .steps(let count): "\(count)"
        case .time(let duration): "\(Int(duration / .seconds(1)))s"
        }
    }
}
