public import Foundation

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A program that the benchmark starts and ends, with pipes to it and from it.
public final class ChildProcess {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let name: String
    private let meter: LoadMeter
    private var buffer = Data()

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - program: Its path.
    ///   - arguments: What it is told.
    ///   - meter: Counts its processor time as ours.
    ///   - showsErrors: Whether what it says on standard error appears on ours.
    public init(_ program: String, _ arguments: [String], meter: LoadMeter, showsErrors: Bool = false) throws {
        self.meter = meter
        name = URL(fileURLWithPath: program).lastPathComponent
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output
        if !showsErrors { process.standardError = FileHandle.nullDevice }
        do {
            try process.run()
        } catch {
            throw BenchmarkError("\(program) cannot be started: \(error.localizedDescription)")
        }
        meter.register(process.processIdentifier)
    }

    deinit { end() }

    /// Its number in the system.
    public var identifier: Int32 { process.processIdentifier }

    /// Writes a line to its standard input.
    public func send(line: Data) throws {
        do {
            try input.fileHandleForWriting.write(contentsOf: line + Data([UInt8(ascii: "\n")]))
        } catch {
            throw BenchmarkError("\(name) takes no more input; did it end?")
        }
    }

    /// The next line of its standard output.
    public func line() throws -> Data {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                defer { buffer.removeSubrange(...end) }
                return buffer[..<end]
            }
            try readMore()
        }
    }

    /// Waits until it has written something to its standard output.
    public func waitForOutput() throws { if buffer.isEmpty { try readMore() } }

    private func readMore() throws {
        let data = output.fileHandleForReading.availableData
        guard !data.isEmpty else {
            end()
            let how =
                switch (process.terminationReason, process.terminationStatus) {
                case (.uncaughtSignal, SIGILL): "by an instruction that this processor refuses; build it anew here"
                case (.uncaughtSignal, let signal): "by signal \(signal)"
                case (_, let status): "status \(status)"
                }
            throw BenchmarkError("\(name) ended before it answered (\(how)).")
        }
        buffer.append(data)
    }

    /// Ends it if it has not ended, and waits for that.
    public func end() {
        try? input.fileHandleForWriting.close()
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        meter.unregister(process.processIdentifier)
    }
}
