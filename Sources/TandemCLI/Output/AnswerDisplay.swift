import Foundation
import Tandem
import TandemDecoding

/// Shows an answer as it comes, and how far the prompt has been read if that takes long.
struct AnswerDisplay: Sendable {
    var isQuiet: Bool
    /// Whether the text is written to standard output.
    var isShown: Bool
    /// Makes visible where tokens came from, if that is wanted.
    var painter: DraftPainter?

    /// How long to wait before a bar appears.
    var patience = Duration.seconds(2)
    /// What shows how far the prompt has been read.
    var makeBar: @Sendable () -> ProgressBar = { ProgressBar(quantity: .counted("tokens")) }

    /// Shows all of `stream` and returns it.
    ///
    /// - Throws: Why the answer failed, or `ExitCode` if nobody reads any more.
    func show(_ stream: TokenStream) async throws -> GenerationResult {
        let waiting = isQuiet ? nil : Task { try await showPromptProgress(of: stream) }
        defer { waiting?.cancel() }
        var painter = painter
        var text = ""
        var tokens: [EmittedToken] = []
        for try await event in stream {
            if let waiting, !waiting.isCancelled {
                waiting.cancel()
                // The bar is gone before the first word appears.
                _ = await waiting.result
            }
            switch event {
            case .chunk(let piece, let new):
                text += piece
                tokens += new
                guard isShown else { continue }
                let parts = new.map { (text: $0.text, origin: TokenOrigin($0)) }
                try StandardOutput.write(painter?.paint(parts, in: piece) ?? piece)
            case .finished(let summary):
                if isShown, let end = painter?.end() { try StandardOutput.write(end) }
                return GenerationResult(text: text, tokens: tokens, summary: summary)
            }
        }
        throw CancellationError()
    }

    private func showPromptProgress(of stream: TokenStream) async throws {
        try await Task.sleep(for: patience)
        let bar = makeBar()
        defer { bar.finish(isKept: false) }
        while !Task.isCancelled {
            if let progress = stream.promptProgress, progress.readCount < progress.count {
                bar.begin("reading", total: Double(progress.count), amount: Double(progress.readCount))
                while let progress = stream.promptProgress, progress.readCount < progress.count {
                    bar.advance(to: Double(progress.readCount))
                    try await Task.sleep(for: .milliseconds(100))
                }
                return
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}
