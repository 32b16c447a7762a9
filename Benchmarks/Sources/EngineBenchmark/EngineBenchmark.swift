import ArgumentParser
import Foundation
import TandemCheckpoint
import TandemMath
import TandemModels
import TandemBenchmark

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// `engine-benchmark`: Tandem's engine and llama.cpp in turns.
@main
struct EngineBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine-benchmark", abstract: "Measure Tandem's engine and llama.cpp in turns.",
        subcommands: [CompareCommand.self, HogCommand.self], defaultSubcommand: CompareCommand.self)
}

/// The whole comparison.
struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Measure Tandem's engine and llama.cpp in turns.",
        discussion: """
            Benchmarks/run.sh builds all that is needed and starts this program. The exit status is 0 whatever the figures are.
            """)

    @Argument(help: "A GGUF file.")
    var model: String

    @Option(help: ArgumentHelp("The program tandem.", valueName: "path"))
    var tandem: String

    @Option(help: ArgumentHelp("Python with llama-cpp-python.", valueName: "path"))
    var python: String

    @Option(help: ArgumentHelp("llama_peer.py.", valueName: "path"))
    var peer: String

    @Option(
        help: ArgumentHelp(
            "Formats, separated by commas. The model is requantised for those that it does not have. Left out: its own.",
            valueName: "list"))
    var formats: String?

    @Option(help: ArgumentHelp("Times that everything is measured.", valueName: "count"))
    var repetitions = 5

    @Option(help: ArgumentHelp("Threads, for both.", valueName: "count"))
    var threads = ComputePool.defaultThreadCount

    @Option(help: ArgumentHelp("Sentences about what limits lines that miss.", valueName: "path"))
    var notes: String?

    @Option(help: ArgumentHelp("Write all readings there.", valueName: "path"))
    var json: String?

    @Option(help: ArgumentHelp("Write a page for Results there.", valueName: "path"))
    var markdown: String?

    func validate() throws {
        guard repetitions > 0, repetitions <= 1000 else {
            throw ValidationError("--repetitions is \(repetitions), but it must be between 1 and 1000.")
        }
        guard threads > 0, threads <= 1024 else {
            throw ValidationError("--threads is \(threads), but it must be between 1 and 1024.")
        }
    }

    func run() throws {
        // A peer that ends must be an error that we report, not our end.
        signal(SIGPIPE, SIG_IGN)
        let notes = try notes.map { try EngineNotes(path: $0) } ?? EngineNotes()
        let meter = LoadMeter()
        let files = try FormatFiles(model: model, formats: formats)
        defer { files.remove() }
        var report = EngineReport(
            command: command(formats: files.formats), machine: .current, peer: "",
            model: URL(fileURLWithPath: model).lastPathComponent, threads: threads, repetitions: repetitions, tables: []
        )
        for format in files.formats {
            let path = try files.file(format) { say(format.rawValue, $0) }
            let (table, version) = try compare(path, format: format, notes: notes, meter: meter)
            report.peer = version
            report.tables.append(table)
        }
        print(report.text, terminator: "")
        if let json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            try encoder.encode(report).write(to: URL(fileURLWithPath: json), options: .atomic)
        }
        if let markdown { try report.markdown.write(toFile: markdown, atomically: true, encoding: .utf8) }
    }

    private func compare(_ path: String, format: TensorFormat, notes: EngineNotes, meter: LoadMeter) throws
        -> (EngineTable, peerVersion: String)
    {
        let measurements = try EngineMeasurements(path: path, tandem: tandem, threads: threads, meter: meter)
        let peers = try [true, false].map {
            try LlamaPeers(
                python: python, script: peer, model: path, threads: threads,
                conversations: EngineMeasurements.conversationCount, deepContext: EngineMeasurements.deepDepth + 256,
                flashAttention: $0, meter: meter)
        }
        let turns = TakingTurns(
            measurements: measurements.all(), peers: peers, meter: meter, repetitions: repetitions,
            progress: { say(format.rawValue, $0) })
        let table = EngineTable(
            format: format.rawValue, weightBytes: measurements.model.weightByteCount,
            decodeBytes: measurements.decodeByteCount, readings: try turns.run(), notes: notes)
        return (table, try peers[0].short.version())
    }

    /// How to do this again.
    private func command(formats: [TensorFormat]) -> String {
        "Benchmarks/run.sh --formats \(formats.map { $0.rawValue.lowercased() }.joined(separator: ",")) "
            + "--repetitions \(repetitions) --threads \(threads)"
    }

    private func say(_ format: String, _ what: String) {
        FileHandle.standardError.write(Data("\(format): \(what)\n".utf8))
    }
}
