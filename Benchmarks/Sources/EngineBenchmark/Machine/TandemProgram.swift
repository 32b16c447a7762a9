import Foundation
import TandemBenchmark

/// The program `tandem`, started afresh for what can only be seen from outside.
struct TandemProgram {
    let path: String
    let model: String
    let threads: Int
    let meter: LoadMeter

    /// Twenty tokens of SmolLM2's vocabulary.
    private static let shortPrompt =
        "The old lighthouse keeper climbed the stairs every evening to light the lamp, because ships far away at sea"

    /// Seconds from the start of the program to the first text that it writes.
    func secondsToFirstToken() throws -> Double {
        let start = ContinuousClock.now
        let child = try run(["--prompt", Self.shortPrompt, "--max-tokens", "4"])
        defer { child.end() }
        try child.waitForOutput()
        return (ContinuousClock.now - start).inSeconds
    }

    /// Megabytes that the program holds when it has read `positions` positions, and the most that it ever held.
    func megabytes(positions: Int) throws -> (resident: Double, peak: Double) {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("tandem-\(UUID().uuidString).txt")
        defer { try? FileManager.default.removeItem(at: file) }
        // One token a word. Some positions are left for what the vocabulary puts in front and for the answer.
        let answerCount = 24
        try String(repeating: " the", count: positions - answerCount - 1).write(
            to: file, atomically: true, encoding: .utf8)
        let child = try run([
            "--file", file.path, "--context", "\(positions)", "--max-tokens", "\(answerCount)", "--ignore-eos",
        ])
        defer { child.end() }
        try child.waitForOutput()
        guard let text = try? String(contentsOfFile: "/proc/\(child.identifier)/status", encoding: .utf8) else {
            throw BenchmarkError("The system does not say how much memory \(path) takes.")
        }
        func megabytes(_ key: String) -> Double? {
            text.split(separator: "\n").first { $0.hasPrefix(key + ":") }?.split(whereSeparator: \.isWhitespace)
                .dropFirst().first.flatMap { Double($0) }.map { $0 * 1024 / 1e6 }
        }
        guard let resident = megabytes("VmRSS"), let peak = megabytes("VmHWM") else {
            throw BenchmarkError("\(path) ended before its memory could be looked at.")
        }
        return (resident, peak)
    }

    private func run(_ arguments: [String]) throws -> ChildProcess {
        try ChildProcess(
            path, ["generate", model, "--raw", "--quiet", "--threads", "\(threads)"] + arguments, meter: meter)
    }
}
