import Foundation
import Tandem
import TandemDecoding
import TandemText

/// A conversation between a person and a model: what was said, and what the next request is.
struct ChatSession {
    /// What was said, without the system's words.
    private(set) var messages: [ChatMessage] = []
    /// What the model is told beforehand.
    var system: String?
    /// What the last answer took.
    private(set) var lastSummary: GenerationSummary?
    private let request: GenerationRequest

    /// - Parameter request: What each turn's request is like, but for its prompt.
    init(system: String?, request: GenerationRequest) {
        self.system = system
        self.request = request
    }

    /// Forgets what was said.
    mutating func reset() {
        messages = []
        lastSummary = nil
    }

    /// The request for an answer to `text` after what was said.
    ///
    /// The whole conversation is its prompt; the engine remembers what it has read of it and reads only what is new. Unless
    /// a seed was given, each has one of its own, by chance.
    func request(saying text: String) -> GenerationRequest {
        var request = request
        request.sampling = request.sampling.withShortSeed
        request.prompt = .chat(withSystem(messages + [ChatMessage(role: "user", content: text)]))
        return request
    }

    /// A question was answered.
    mutating func add(_ question: String, answer: GenerationResult) {
        messages.append(ChatMessage(role: "user", content: question))
        messages.append(ChatMessage(role: "assistant", content: answer.text))
        lastSummary = answer.summary
    }

    /// Takes back the last question and its answer, to ask it again.
    mutating func takeBack() -> String? {
        guard messages.count >= 2, case .text(let question) = messages[messages.count - 2].content else { return nil }
        messages.removeLast(2)
        return question
    }

    /// Speeds, and how full the context is.
    func statistics(contextLength: Int) -> String {
        guard let lastSummary else { return "Nothing was said yet." }
        let metrics = lastSummary.metrics
        let timings = GenerationReport.Timings(metrics, load: .zero, finish: lastSummary.finishReason)
        func rate(_ value: Double?) -> String { value.map { String(format: ", %.0f tokens/s", $0) } ?? "" }
        let used = metrics.promptTokenCount + metrics.answerTokenCount
        var table = TextTable(alignments: [.left, .left])
        table.add(
            "prompt",
            "\(metrics.promptTokenCount) tokens, \(metrics.reusedTokenCount) of them remembered; "
                + String(format: "%.2f s", timings.promptSeconds) + rate(timings.promptTokensPerSecond))
        table.add(
            "answer",
            "\(metrics.answerTokenCount) tokens; " + String(format: "%.2f s", timings.decodeSeconds)
                + rate(timings.decodeTokensPerSecond))
        if let acceptance = metrics.acceptanceRate {
            table.add("guesses", String(format: "%d, %.0f %% kept", metrics.draftedCount, 100 * acceptance))
        }
        table.add("context", "\(used) of \(contextLength) tokens (\(100 * used / contextLength) %)")
        table.add("seed", "\(lastSummary.seed)")
        return table.text.trimmingCharacters(in: .newlines)
    }

    /// Writes the conversation to a file.
    ///
    /// - Throws: ``CommandError`` if it cannot be written.
    func save(to path: String) throws {
        let all: [(role: String, text: String)] = withSystem(messages).map { message in
            guard case .text(let text) = message.content else { return (message.role, "") }
            return (message.role, text)
        }
        let data: Data
        if path.lowercased().hasSuffix(".json") {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            data = try encoder.encode(["messages": all.map { ["role": $0.role, "content": $0.text] }])
        } else {
            data = Data(all.map { "**\($0.role)**\n\n\($0.text)\n" }.joined(separator: "\n").utf8)
        }
        do {
            try data.write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw CommandError("\(path) cannot be written: \(error.localizedDescription)")
        }
    }

    private func withSystem(_ messages: [ChatMessage]) -> [ChatMessage] {
        (system.map { [ChatMessage(role: "system", content: $0)] } ?? []) + messages
    }
}
