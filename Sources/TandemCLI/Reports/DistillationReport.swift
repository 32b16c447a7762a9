import Foundation
import TandemTraining

/// What a run of `distill` has made, for programs; `remark` for people.
struct DistillationReport: Encodable {
    var folder: String
    var shards: Int
    var prompts: Int
    var newPrompts: Int
    var tooLongPrompts: Int
    var answerTokens: Int
    var promptTokens: Int
    var seconds: Double
    var answerTokensPerSecond: Double

    enum CodingKeys: String, CodingKey {
        case folder, shards, prompts, seconds
        case newPrompts = "new_prompts"
        case tooLongPrompts = "too_long_prompts"
        case answerTokens = "answer_tokens"
        case promptTokens = "prompt_tokens"
        case answerTokensPerSecond = "answer_tokens_per_second"
    }

    init(_ progress: DistillationProgress, seconds: Double, folder: String) {
        self.folder = folder
        shards = progress.shardCount
        prompts = progress.promptCount
        newPrompts = progress.newPromptCount
        tooLongPrompts = progress.tooLongCount
        answerTokens = progress.answerTokenCount
        promptTokens = progress.promptTokenCount
        self.seconds = seconds
        answerTokensPerSecond = seconds > 0 ? Double(progress.answerTokenCount) / seconds : 0
    }

    var remark: String {
        let skipped = tooLongPrompts == 0 ? "" : ", \(tooLongPrompts) of them too long"
        guard newPrompts > 0 else { return "\(folder): all shards were there already, \(shards) of them." }
        return "\(folder): \(shards) shards; \(newPrompts) prompts\(skipped), \(answerTokens) tokens to learn from in "
            + Quantity.time(.seconds(seconds)) + String(format: ", %.0f tokens/s", answerTokensPerSecond)
    }
}

/// How much room the shards will take.
struct DistillationSpace {
    private let folder: String
    private let byteCount: Double
    private let freeByteCount: Double?

    init(folder: String, byteCount: Double) {
        self.folder = folder
        self.byteCount = byteCount
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
        freeByteCount = (attributes?[.systemFreeSize] as? NSNumber)?.doubleValue
    }

    var remark: String {
        "The shards will take up to \(Quantity.bytes.text(byteCount))"
            + (freeByteCount.map { "; \(Quantity.bytes.text($0)) are free." } ?? ".")
    }

    func check() throws {
        guard let freeByteCount, byteCount > freeByteCount else { return }
        throw CommandError(
            "The shards may take \(Quantity.bytes.text(byteCount)), and there are \(Quantity.bytes.text(freeByteCount)) "
                + "free where \(folder) is. Take fewer prompts (--limit), or keep fewer hidden states or likeliest tokens."
        )
    }
}
