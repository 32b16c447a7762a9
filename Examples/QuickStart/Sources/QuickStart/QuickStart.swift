import Foundation
import Tandem

/// Asks a model one question and shows the answer as it comes.
///
///     swift run -c release QuickStart model.gguf "Why is the sky blue?"
@main
struct QuickStart {
    static func main() async {
        let arguments = CommandLine.arguments
        guard arguments.count == 3 else {
            return fail("usage: QuickStart MODEL QUESTION   (a GGUF file or a Hugging Face directory, and a text)")
        }
        do {
            try await answer(arguments[2], with: try await TandemEngine.load(arguments[1]))
        } catch {
            fail("\(error)")
        }
    }

    /// Streams the answer to standard output.
    static func answer(_ question: String, with engine: TandemEngine) async throws {
        let request = GenerationRequest(
            chat: question, sampling: try Sampling(temperature: 0.7, topP: 0.95, seed: 1), maximumTokenCount: 200)
        for try await event in try engine.generate(request) {
            switch event {
            case .chunk(let text, _):
                write(text, to: .standardOutput)
            case .finished(let summary):
                let metrics = summary.metrics
                let speed = Double(metrics.answerTokenCount) / max(metrics.decodeDuration / .seconds(1), 1e-9)
                write("\n[\(metrics.answerTokenCount) tokens, \(Int(speed)) a second]\n", to: .standardError)
            }
        }
    }

    static func write(_ text: String, to file: FileHandle) {
        try? file.write(contentsOf: Data(text.utf8))
    }

    static func fail(_ sentence: String) {
        write(sentence + "\n", to: .standardError)
        exit(1)
    }
}
