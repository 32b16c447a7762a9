import ArgumentParser
import Foundation
import TandemCheckpoint
import TandemMath

/// `tandem quantize`: the same model in another number format.
struct QuantizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quantize", abstract: "Write a GGUF file again in another number format.",
        discussion: """
            Every matrix is decoded and encoded anew; vectors become F32, and a matrix whose rows do not fit the format's
            blocks becomes F16. From a format with fewer bits to one with more, the file grows and the model stays as
            it is.

            Examples:
              tandem quantize smollm2-135m-instruct --format q8_0 --output smollm2-q8_0.gguf
              tandem quantize model-f16.gguf --format q4_1 --output model-q4_1.gguf
            """)

    @OptionGroup var model: ModelArgument

    @Option(
        help: ArgumentHelp(
            "The format: \(QuantizeCommand.possible).", valueName: "format"))
    var format: String

    @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "path"))
    var output: String

    @Flag(help: "Write over a file that is there.")
    var force = false

    @OptionGroup var printing: OutputOptions

    private static let possible = TensorFormat.allCases.filter(\.isEncodable).map { $0.rawValue.lowercased() }
        .joined(separator: ", ")

    private var tensorFormat: TensorFormat? {
        TensorFormat.allCases.first { $0.rawValue.lowercased() == format.lowercased() && $0.isEncodable }
    }

    func validate() throws {
        guard tensorFormat != nil else {
            throw ValidationError("--format is '\(format)', but it must be one of \(Self.possible).")
        }
    }

    func run() async throws {
        guard let tensorFormat else { return }
        let checkpoint = try model.open()
        guard let file = (checkpoint as? GGUFModel)?.file else {
            throw CommandError(
                "\(checkpoint.path) is a Hugging Face directory; only GGUF files can be written in another format. "
                    + "Convert it to GGUF first.")
        }
        guard force || !FileManager.default.fileExists(atPath: output) else {
            throw CommandError("\(output) is there already; choose another name, or give --force to write over it.")
        }
        let command = self
        try await printing.interruptible(saying: "Stopped. Nothing was written.") {
            try command.write(file, as: tensorFormat)
        }
    }

    private func write(_ file: GGUFFile, as format: TensorFormat) throws {
        let bar = ProgressBar(quantity: .counted("tensors"), isQuiet: printing.quiet || printing.json)
        bar.begin(format.rawValue, total: Double(file.tensors.count))
        defer { bar.finish(isKept: false) }
        try file.requantize(to: format, writingTo: output) { done, _ in
            try Task.checkCancellation()
            bar.advance(to: Double(done))
        }
        bar.finish(isKept: false)
        let written = try GGUFFile(path: output)
        let report = QuantizeReport(
            path: output, format: format.rawValue, bytes: written.byteCount, sourceBytes: file.byteCount,
            tensors: written.tensors.count)
        if printing.json { return try StandardOutput.json(report) }
        printing.remark(
            "\(file.path): \(Quantity.bytes.text(Double(file.byteCount))), now "
                + "\(Quantity.bytes.text(Double(written.byteCount))) in \(format.rawValue).")
        try StandardOutput.line(output)
    }
}

/// The result for programs.
private struct QuantizeReport: Encodable {
    var path: String
    var format: String
    var bytes: Int
    var sourceBytes: Int
    var tensors: Int

    enum CodingKeys: String, CodingKey {
        case path, format, bytes
        case sourceBytes = "source_bytes"
        case tensors
    }
}
