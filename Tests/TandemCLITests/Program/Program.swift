import Foundation
import Testing

/// The built program, run as a person runs it.
struct Program {
    struct Outcome {
        var status: Int32
        var output: String
        var errors: String

        /// The one JSON object on standard output.
        func json() throws -> [String: Any] {
            try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
        }
    }

    enum ProgramError: Error { case notBuilt(searched: [String]) }

    /// A store of its own, so that nothing that was pulled on this machine matters.
    let home = FileManager.default.temporaryDirectory.appending(path: "tandem-cli-tests-\(UUID().uuidString)")

    /// The program lies beside the bundle of the tests.
    static func executable() throws -> URL {
        let places = CommandLine.arguments.filter { $0.contains(".xctest") } + [Bundle.main.bundlePath]
        var searched: [String] = []
        for place in places {
            var folder = URL(fileURLWithPath: place)
            for _ in 0..<4 {
                folder.deleteLastPathComponent()
                let candidate = folder.appending(path: "tandem")
                searched.append(candidate.path)
                if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
            }
        }
        throw ProgramError.notBuilt(searched: searched)
    }

    /// Runs the program to its end.
    ///
    /// - Parameters:
    ///   - arguments: What it is told.
    ///   - input: What is on standard input.
    ///   - bytes: What is there instead, if it is no text.
    ///   - byteCount: Ctrl-C is pressed once the output has this many bytes.
    ///   - keepsHome: Whether the store stays for the next run.
    func run(
        _ arguments: [String], input: String = "", bytes: [UInt8]? = nil, interruptAfter byteCount: Int? = nil,
        keepsHome: Bool = false
    ) throws -> Outcome {
        let process = Process()
        process.executableURL = try Self.executable()
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["TANDEM_HOME": home.path]) { $1 }
        let (inputPipe, outputPipe) = (Pipe(), Pipe())
        let errorFile = home.appendingPathExtension("errors")
        try Data().write(to: errorFile)
        process.standardInput = inputPipe
        process.standardOutput = outputPipe
        process.standardError = try FileHandle(forWritingTo: errorFile)
        try process.run()
        try inputPipe.fileHandleForWriting.write(contentsOf: Data(bytes ?? Array(input.utf8)))
        try inputPipe.fileHandleForWriting.close()
        var output = Data()
        if let byteCount {
            while output.count < byteCount, case let more = outputPipe.fileHandleForReading.availableData, !more.isEmpty
            {
                output += more
            }
            process.interrupt()
        }
        output += try outputPipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        let errors = String(decoding: try Data(contentsOf: errorFile), as: UTF8.self)
        try? FileManager.default.removeItem(at: errorFile)
        if !keepsHome { try? FileManager.default.removeItem(at: home) }
        return Outcome(
            status: process.terminationStatus, output: String(decoding: output, as: UTF8.self), errors: errors)
    }

    /// A file of `Tests/Fixtures`.
    static func fixture(_ name: String) -> String {
        URL(filePath: #filePath).appending(path: "../../../Fixtures/\(name)").standardizedFileURL.path
    }
}

/// Tests that start the program, one after the other.
@Suite(.serialized) struct ProgramTests {}
