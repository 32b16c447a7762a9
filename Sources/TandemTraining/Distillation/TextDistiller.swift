import TandemDecoding
public import TandemMath
import TandemModels
public import TandemText

/// Lets the large model read a text, and keeps what it expected at every place: for learning from data, and for measuring
/// on it.
///
/// The text is cut into windows, each of which is read with nothing before it and becomes a document. Windows take
/// the place of prompts in the folder's record.
public final class TextDistiller {
    private let teacher: Teacher
    private let folder: ShardFolder
    private let windows: [[Int]]
    private let target: RecordingTarget
    /// Rows of logits that are in memory at once.
    private static let chunkLength = 128

    /// Prepares a run.
    ///
    /// - Parameters:
    ///   - teacher: The large model.
    ///   - windows: What to read, as many as the folder's record says: see ``windows(of:length:tokenizer:)``.
    ///   - folder: Where shards go.
    ///   - pool: Threads for it.
    /// - Throws: ``TrainingError`` if the options do not fit the model, or a window its context.
    public init(_ teacher: Teacher, windows: [[Int]], folder: ShardFolder, pool: ComputePool) throws {
        precondition(windows.count == folder.record.promptCount, "The record speaks of other windows.")
        let options = folder.record.options
        try options.check(for: teacher.model.configuration)
        let longest = windows.map(\.count).max() ?? 0
        guard longest <= teacher.model.configuration.contextLength else {
            throw TrainingError(
                "Windows of \(longest) tokens do not fit a context of \(teacher.model.configuration.contextLength). Cut "
                    + "shorter ones.")
        }
        self.teacher = teacher
        self.windows = windows
        self.folder = folder
        target = RecordingTarget(teacher.model, topCount: options.topCount, states: options.states, pool: pool)
    }

    /// Cuts a text into windows, each beginning as the model's texts do. What is left over, if it is a token, is dropped.
    public static func windows(of text: String, length: Int, tokenizer: any Tokenizer) -> [[Int]] {
        precondition(length >= 3, "A window has a beginning, a token to predict from, and one to predict.")
        return TextWindows(of: text, length: length, tokenizer: tokenizer).predictable
    }

    /// Makes the shards of this rank that are not there yet; see ``Distiller/run(rank:of:report:)``.
    @discardableResult
    public func run(
        rank: Int = 0, of rankCount: Int = 1, report: (DistillationProgress) throws -> Void = { _ in }
    ) throws -> DistillationProgress {
        let run = ShardRun(folder, model: teacher.model.configuration, rank: rank, of: rankCount)
        try report(run.progress)
        for window in run.prompts {
            let tokens = windows[window]
            let memory = target.open()
            defer { target.close(memory) }
            // Nothing is to be predicted after the last token.
            for start in stride(from: 0, to: tokens.count - 1, by: Self.chunkLength) {
                let chunk = Array(tokens[start..<min(start + Self.chunkLength, tokens.count - 1)])
                _ = try target.read([TargetSpan(memory: memory, tokens: chunk, logitCount: chunk.count)], capturing: [])
                run.count(answerTokens: chunk.count)
                try report(run.progress)
            }
            let marks = tokens.indices.map { $0 > 0 }
            try run.finish(
                window, [DistilledDocument(tokens: tokens, marks: marks, recording: target.recording(of: memory))])
        }
        try report(run.progress)
        return run.progress
    }
}
