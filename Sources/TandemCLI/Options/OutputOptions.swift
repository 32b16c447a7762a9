import ArgumentParser
import Foundation

/// What a command prints.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print one JSON object on standard output, and nothing else there.")
    var json = false

    @Flag(name: .shortAndLong, help: "Print no progress and no remarks on standard error.")
    var quiet = false

    /// A remark for people.
    func remark(_ text: String) {
        if !quiet { StandardError.line(text) }
    }

    /// Runs `body`. When it is interrupted, says how things stand then, and ends as interrupted programs do.
    func interruptible<Result: Sendable>(
        saying remark: String, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        do {
            return try await Interruption.cancelling(body)
        } catch is CancellationError {
            self.remark(remark)
            throw ExitCode(128 + SIGINT)
        }
    }
}
