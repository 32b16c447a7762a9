import ArgumentParser
import Foundation
import TandemCheckpoint
import TandemMath
import TandemModels

/// `tandem bundle`: what can be done with trained small models as files.
struct BundleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bundle", abstract: "Export and check bundles: trained small models.",
        discussion: """
            A bundle is the folder that 'tandem train' writes. 'tandem inspect BUNDLE' shows what is in it.

            Examples:
              tandem bundle export smollm2-tandem --gguf smollm2-tandem.gguf
              tandem bundle check smollm2-tandem smollm2-135m-instruct
            """,
        subcommands: [ExportBundleCommand.self, CheckBundleCommand.self])
}

/// `tandem bundle export`: a bundle as one file.
struct ExportBundleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a bundle as one GGUF file.",
        discussion: """
            The file holds all that the folder does, and can be given wherever a bundle can.

            Examples:
              tandem bundle export smollm2-tandem --gguf smollm2-tandem.gguf
            """)

    @Argument(help: ArgumentHelp("The bundle.", valueName: "bundle"))
    var bundle: String

    @Option(help: ArgumentHelp("The file to write.", valueName: "path"))
    var gguf: String

    @Flag(help: "Write over a file that is there.")
    var force = false

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let bundle = try TandemBundle(path: bundle)
        guard force || !FileManager.default.fileExists(atPath: gguf) else {
            throw CommandError("\(gguf) is there already; choose another name, or give --force to write over it.")
        }
        let path = gguf
        try await output.interruptible(saying: "Stopped. Nothing was written.") { try bundle.exportGGUF(to: path) }
        let byteCount = try GGUFFile(path: gguf).byteCount
        if output.json { return try StandardOutput.json(ExportReport(path: gguf, bytes: byteCount)) }
        output.remark("\(Quantity.bytes.text(Double(byteCount))) in \(bundle.storage.format.rawValue).")
        try StandardOutput.line(gguf)
    }
}

/// `tandem bundle check`: whether a bundle belongs to a model.
struct CheckBundleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check that a bundle is whole and belongs to a model.",
        discussion: """
            Compares the fingerprint of the model's weights, as every start does, and then the hash over every byte of them.

            Examples:
              tandem bundle check smollm2-tandem smollm2-135m-instruct
            """)

    @Argument(help: ArgumentHelp("The bundle.", valueName: "bundle"))
    var bundle: String

    @OptionGroup var model: ModelArgument
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let bundle = try TandemBundle(path: bundle)
        let checkpoint = try model.open()
        let pool = ComputePool(threadCount: threads.count)
        let large = try LargeModel(checkpoint, pool: pool)
        _ = try bundle.smallModel(for: large, form: .packed(.float32), pool: pool)
        let hash = try checkpoint.contentHash()
        if let wanted = bundle.large.contentHash, wanted != hash {
            throw CommandError(
                "\(checkpoint.path) has the fingerprint of \(bundle.large.name), but not every byte of its weights: "
                    + "their hash is \(hash), and the bundle was trained with \(wanted). Get the model again.")
        }
        if output.json {
            return try StandardOutput.json(
                CheckReport(
                    bundle: bundle.path, model: checkpoint.path, fingerprint: large.fingerprint, contentHash: hash))
        }
        try StandardOutput.line("\(bundle.path) belongs to \(checkpoint.path) (\(bundle.large.summary)).")
    }
}

private struct ExportReport: Encodable {
    var path: String
    var bytes: Int
}

private struct CheckReport: Encodable {
    var bundle: String
    var model: String
    var fingerprint: String
    var contentHash: String

    enum CodingKeys: String, CodingKey {
        case bundle, model, fingerprint
        case contentHash = "content_hash"
    }
}
