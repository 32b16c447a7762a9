import ArgumentParser
import Foundation
import TandemHub

/// `tandem pull`: fetches a model into the store.
struct PullCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull", abstract: "Fetch a model.",
        discussion: """
            MODEL is one of
              smollm2-135m-instruct       a name from the catalogue ('tandem models --offered' lists it)
              hf:OWNER/REPO               a repository of the Hugging Face hub that holds one model
              hf:OWNER/REPO/FILE.gguf     one file of a repository; add @REVISION for a branch, tag or commit
              https://…/FILE.gguf         a file anywhere

            A download that was cut short goes on where it stopped when the same command is given again.
            The models are kept below TANDEM_HOME, or in the cache folder of the system.
            HF_TOKEN is used for private and gated repositories, HF_ENDPOINT for a mirror.

            Examples:
              tandem pull smollm2-135m-instruct
              tandem pull hf:HuggingFaceTB/SmolLM2-360M-Instruct --name smollm2-360m
              tandem pull smollm2-135m-instruct --json | jq -r .path
            """)

    @Argument(help: ArgumentHelp("What to fetch.", valueName: "model"))
    var source: String

    @Option(help: "The name to give it, instead of one made from the source.")
    var name: String?

    @Option(help: ArgumentHelp("The checksum that the file must have.", valueName: "hex"))
    var sha256: String?

    @Flag(help: "Fetch it again even if it is there.")
    var force = false

    @Flag(name: .shortAndLong, help: "Show no progress.")
    var quiet = false

    @Flag(help: "Print a JSON object about the result on standard output.")
    var json = false

    func run() async throws {
        let hub = ModelHub(settings: try .current())
        let source = try ModelSource(source)
        let name = try name.map { try ModelName($0) }
        let display = PullDisplay(isQuiet: quiet)
        let clock = ContinuousClock.now
        let pulled: PulledModel
        do {
            pulled = try await Interruption.cancelling { [sha256, force] in
                try await hub.pull(source, name: name, sha256: sha256, isForced: force) { display.show($0) }
            }
        } catch is CancellationError {
            display.end()
            display.say("Stopped. The same command goes on from here.")
            throw ExitCode(128 + SIGINT)
        } catch {
            display.end()
            throw error
        }
        display.end()
        let duration = ContinuousClock.now - clock
        if json {
            try StandardOutput.json(PullReport(pulled, seconds: duration / .seconds(1)))
        } else {
            display.summarise(pulled, duration: duration)
            try StandardOutput.line(pulled.path)
        }
    }
}

/// Shows a pull's events.
private struct PullDisplay: Sendable {
    private let bar: ProgressBar

    init(isQuiet: Bool) {
        bar = ProgressBar(quantity: .bytes, isQuiet: isQuiet)
    }

    func show(_ event: PullEvent) {
        switch event {
        case .waiting: bar.say("Another process is pulling this model; waiting for it.")
        case .trying(let way): bar.say("Asking \(way).")
        case .fellBack(let reason):
            bar.finish(isKept: false)
            bar.say("That did not work. \(reason)")
        case .started(let file, let total, let resumedFrom):
            if resumedFrom > 0 { bar.say("Going on with \(file) after \(Quantity.bytes.text(Double(resumedFrom))).") }
            bar.begin(file, total: total.map(Double.init), amount: Double(resumedFrom))
        case .advanced(let byteCount): bar.advance(to: Double(byteCount))
        case .retrying(let reason, let pause): bar.say("Trying again in \(Quantity.time(pause)): \(reason).")
        case .checking(let file):
            bar.finish()
            bar.say("Checking \(file).")
        case .finished: bar.finish()
        }
    }

    func say(_ text: String) { bar.say(text) }

    func end() { bar.finish(isKept: false) }

    func summarise(_ pulled: PulledModel, duration: Duration) {
        let size = Quantity.bytes.text(Double(pulled.manifest.byteCount))
        bar.say(
            pulled.isNew
                ? "\(pulled.manifest.name) is there: \(size) in \(Quantity.time(duration))."
                : "\(pulled.manifest.name) was there already: \(size).")
    }
}

/// The result for programs.
private struct PullReport: Encodable {
    var name: String
    var path: String
    var bytes: Int
    /// Of the one file; a model of several has no checksum of its own.
    var sha256: String?
    var source: String
    var seconds: Double
    var resumedFrom: Int
    var isNew: Bool
    var files: [ModelManifest.File]

    init(_ pulled: PulledModel, seconds: Double) {
        name = pulled.manifest.name
        path = pulled.path
        bytes = pulled.manifest.byteCount
        sha256 = pulled.manifest.files.count == 1 ? pulled.manifest.files.first?.sha256 : nil
        source = pulled.manifest.source
        self.seconds = (seconds * 1000).rounded() / 1000
        resumedFrom = pulled.resumedFrom
        isNew = pulled.isNew
        files = pulled.manifest.files
    }

    enum CodingKeys: String, CodingKey {
        case name, path, bytes, sha256, source, seconds
        case resumedFrom = "resumed_from"
        case isNew = "new"
        case files
    }
}
