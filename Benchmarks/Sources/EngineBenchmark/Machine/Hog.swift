import ArgumentParser
import Foundation
import TandemBenchmark

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A process that keeps one core busy: what a benchmark starts beside itself to see how it shares the machine.
struct HogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hog", abstract: "Keep one core busy until the program that started this has ended.",
        shouldDisplay: false)

    func run() throws {
        let parent = getppid()
        var state: UInt64 = 1
        // A benchmark that is killed must not leave a hog behind.
        while getppid() == parent {
            for _ in 0..<10_000_000 { state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407 }
            if state == 0 { print("") }
        }
    }
}

/// Runs `body` beside a process that takes one core.
func besideHog<Result>(meter: LoadMeter, _ body: () throws -> Result) throws -> Result {
    let hog = try ChildProcess(CommandLine.arguments[0].asProgramPath, ["hog"], meter: meter)
    defer { hog.end() }
    // Until the hog has a core for itself.
    Thread.sleep(forTimeInterval: 0.05)
    return try body()
}

extension String {
    /// This program's own path, also where it was started by a name without a slash.
    fileprivate var asProgramPath: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? self
    }
}
