import Foundation
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The user's Python, run as a program of its own.
struct PythonInterpreter: Sendable {
    private let path: String
    private let environment: [String: String]
    private let directory: String

    /// The first `python3` of the search path. Programs run in `directory`, which should be empty but for our files:
    /// Python looks for modules there first.
    init(environment: [String: String], directory: String) throws {
        let folders = (environment["PATH"] ?? "").split(separator: ":").filter { $0.hasPrefix("/") }
        let candidates = folders.map { "\($0)/python3" }
        guard let path = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw HubError.programFailure(program: "python3", reason: "it is not installed, so there is no pip")
        }
        self.path = path
        self.environment = environment
        self.directory = directory
    }

    /// Runs Python to its end; when the task is cancelled, Python is told to stop.
    ///
    /// - Throws: ``HubError/programFailure(program:reason:)`` with `purpose` and the last lines of what Python said.
    func run(_ arguments: [String], purpose: String) async throws {
        // A file cannot fill up and block the program as a pipe can.
        let log = directory + "/python.log"
        try FileSystem.write(Data(), path: log)
        let handle = try FileSystem.naming(log) { try FileHandle(forWritingTo: URL(fileURLWithPath: log)) }
        defer { try? handle.close() }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = environment
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
        let child = RunningProcess(process)
        try Task.checkCancellation()
        let status = try await withTaskCancellationHandler {
            try await child.run(path: path)
        } onCancel: {
            child.stop()
        }
        try Task.checkCancellation()
        guard status != 0 else { return }
        throw HubError.programFailure(
            program: purpose, reason: Self.lastLines(of: log) ?? "it ended with status \(status)")
    }

    private static func lastLines(of log: String) -> String? {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: log)) else { return nil }
        let lines = String(decoding: data.suffix(4000), as: UTF8.self).split(whereSeparator: \.isNewline)
            .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        // pip says what went wrong in lines of this form, and then sometimes advertises a newer version of itself.
        let errors = lines.filter { $0.hasPrefix("ERROR:") }
        guard let line = errors.first ?? lines.last else { return nil }
        let clean = line.unicodeScalars.filter { $0.properties.generalCategory != .control }
        return String(String.UnicodeScalarView(clean)).trimmingCharacters(in: CharacterSet(charactersIn: "."))
    }
}

/// A process that may be stopped from any thread, also before it has begun.
private final class RunningProcess: Sendable {
    private struct State {
        var process: Process
        var isRunning = false
        var isStopped = false
    }

    private let state: Mutex<State>

    init(_ process: sending Process) {
        state = Mutex(State(process: process))
    }

    func run(path: String) async throws -> Int32 {
        try await withCheckedThrowingContinuation { continuation in
            state.withLock { state in
                guard !state.isStopped else { return continuation.resume(throwing: CancellationError()) }
                state.process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
                do {
                    try state.process.run()
                    state.isRunning = true
                } catch {
                    state.process.terminationHandler = nil
                    continuation.resume(
                        throwing: HubError.programFailure(program: path, reason: FileSystem.reason(of: error)))
                }
            }
        }
    }

    func stop() {
        state.withLock { state in
            state.isStopped = true
            // Not a polite SIGTERM: on Linux a program started from a pool's thread inherits a mask that blocks it.
            if state.isRunning, state.process.isRunning { kill(state.process.processIdentifier, SIGKILL) }
        }
    }
}
