import Foundation

extension Program {
    /// What a person does at a terminal: waits until something appears, then types.
    struct Step {
        /// What must have appeared since the last step.
        var awaited: String
        /// What is typed then; Ctrl-C is `\u{3}`.
        var typed: String
        /// What is done after that.
        var action: () -> Void

        init(_ awaited: String, _ typed: String, then action: @escaping () -> Void = {}) {
            self.awaited = awaited
            self.typed = typed
            self.action = action
        }
    }

    /// `script`, of util-linux or BSD, gives a program a terminal of its own.
    static let hasTerminal = FileManager.default.isExecutableFile(atPath: scriptPath)
    private static let scriptPath = "/usr/bin/script"

    /// Runs the program in a terminal; its output has all that would appear, escape sequences included.
    ///
    /// - Parameters:
    ///   - arguments: What it is told.
    ///   - wrapper: A command that is given the program and its arguments, and runs it.
    ///   - environment: Variables on top of the present ones.
    ///   - steps: What is typed, and when. If the program ends before, they are left out.
    func runInTerminal(
        _ arguments: [String], within wrapper: [String] = [], environment: [String: String] = [:], steps: [Step] = []
    ) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.scriptPath)
        let command = wrapper + [try Self.executable().path] + arguments
        #if os(macOS)
            process.arguments = ["-qe", "/dev/null"] + command
        #else
            let quoted = command.map { "'" + $0.replacing("'", with: "'\\''") + "'" }.joined(separator: " ")
            // Without `exec` some shells stay between, and end with 130 because they have seen Ctrl-C too.
            process.arguments = ["-qefc", "exec " + quoted, "/dev/null"]
        #endif
        var variables = ProcessInfo.processInfo.environment.merging(["TANDEM_HOME": home.path, "TERM": "xterm"]) { $1 }
        variables["NO_COLOR"] = nil
        process.environment = variables.merging(environment) { $1 }
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
        // Whatever goes wrong, the test ends.
        let watchdog = DispatchWorkItem { process.terminate() }
        DispatchQueue.global().asyncAfter(deadline: .now() + 60, execute: watchdog)
        var seen = Data()
        var searched = 0
        var left = steps[...]
        while true {
            while let step = left.first,
                let found = seen[searched...].range(of: Data(step.awaited.utf8))
            {
                searched = found.upperBound
                left.removeFirst()
                try input.fileHandleForWriting.write(contentsOf: Data(step.typed.utf8))
                step.action()
            }
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { break }
            seen += more
        }
        process.waitUntilExit()
        watchdog.cancel()
        try? FileManager.default.removeItem(at: home)
        return Outcome(status: process.terminationStatus, output: String(decoding: seen, as: UTF8.self), errors: "")
    }
}
