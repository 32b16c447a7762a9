import ArgumentParser
import TandemCheckpoint

/// `tandem inspect`: what is in a model's files.
struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Show what is in a model or a bundle, and what it will need in memory.",
        discussion: """
            Reads the files' directories only, so it is quick whatever the model's size. A model that cannot be run is
            described as far as it can be read, with the reason.

            Examples:
              tandem inspect smollm2-135m-instruct
              tandem inspect model.gguf --context 8192
              tandem inspect model.gguf --tensors --metadata
              tandem inspect smollm2-tandem
              tandem inspect model.gguf --json | jq .memory.total_bytes
            """)

    @OptionGroup var model: ModelArgument

    @Option(
        help: ArgumentHelp(
            "Positions to reckon the cache for, as far as the model has them. Left out: all of these, but no more than 4096.",
            valueName: "count"))
    var context: Int?

    @Flag(help: "List every tensor with its format, shape and size.")
    var tensors = false

    @Flag(help: "List every key of a GGUF file's metadata.")
    var metadata = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        try OptionCheck.range("context", context, 1...16_777_216)
    }

    func run() async throws {
        let path = try model.path()
        if TandemBundle.isBundle(path) {
            let report = BundleReport(try TandemBundle(path: path))
            return try output.json ? StandardOutput.json(report) : StandardOutput.write(report.text)
        }
        var report = try InspectionReport(path: path, context: context)
        guard output.json else {
            return try StandardOutput.write(report.text(tensorList: tensors, metadataList: metadata))
        }
        if !tensors { report.tensors = nil }
        if !metadata { report.metadata = nil }
        try StandardOutput.json(report)
    }
}
