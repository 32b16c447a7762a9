import ArgumentParser
import Foundation
import TandemHub

/// `tandem models`: what is in the store.
struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "List, check and remove models that were pulled.",
        discussion: """
            Examples:
              tandem models
              tandem models --offered
              tandem models verify
              tandem models remove smollm2-135m-instruct
            """,
        subcommands: [List.self, Remove.self, Verify.self, Path.self], defaultSubcommand: List.self)
}

extension ModelsCommand {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the models. This is what happens by default.",
            discussion: """
                Each line has a model's name, its size, the day it was pulled, and where it came from.

                Examples:
                  tandem models list
                  tandem models list --offered
                  tandem models list --json | jq -r '.models[].path'
                """)

        @Flag(help: "List what the catalogue offers instead.")
        var offered = false

        @Flag(help: "Print a JSON object.")
        var json = false

        func run() async throws {
            if offered { return try listOffered() }
            let store = ModelStore(root: try HubSettings.current().root)
            let contents = store.contents()
            let models = contents.models
            for damaged in contents.damaged { StandardError.line(damaged.description) }
            if json {
                struct Report: Encodable {
                    struct Model: Encodable {
                        var manifest: ModelManifest
                        var path: String

                        enum CodingKeys: String, CodingKey { case path }

                        func encode(to encoder: any Encoder) throws {
                            try manifest.encode(to: encoder)
                            var container = encoder.container(keyedBy: CodingKeys.self)
                            try container.encode(path, forKey: .path)
                        }
                    }
                    var root: String
                    var models: [Model]
                    var damaged: [ModelStore.Contents.Damaged]
                }
                return try StandardOutput.json(
                    Report(
                        root: store.root, models: models.map { .init(manifest: $0, path: store.path(of: $0)) },
                        damaged: contents.damaged))
            }
            guard !models.isEmpty else {
                return try StandardOutput.line(
                    "No model was pulled yet. 'tandem models --offered' shows what there is.")
            }
            var table = TextTable(alignments: [.left, .right, .left, .left])
            for model in models {
                table.add(
                    model.name, Quantity.bytes.text(Double(model.byteCount)),
                    model.date.formatted(.iso8601.year().month().day()), model.source)
            }
            try StandardOutput.write(table.text)
        }

        private func listOffered() throws {
            let entries = Catalogue.standard.entries
            if json {
                struct Entry: Encodable { var name, summary, file, sha256: String; var bytes: Int }
                return try StandardOutput.json([
                    "offered": entries.map {
                        Entry(
                            name: $0.name.description, summary: $0.summary, file: $0.file, sha256: $0.sha256,
                            bytes: $0.byteCount)
                    }
                ])
            }
            var table = TextTable(alignments: [.left, .left])
            for entry in entries { table.add(entry.name.description, entry.summary) }
            try StandardOutput.write(table.text)
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove models, and what is left of unfinished downloads of them.",
            discussion: """
                Examples:
                  tandem models remove smollm2-135m-instruct
                  tandem models remove smollm2-135m-instruct smollm2-360m --json
                """)

        @Argument(help: "Names of models.")
        var names: [String]

        @Flag(help: "Print a JSON object.")
        var json = false

        func run() async throws {
            let store = ModelStore(root: try HubSettings.current().root)
            var removed: [Sized] = []
            for name in names {
                let model = Sized(
                    name: name.lowercased(), bytes: try store.remove(try ModelName(name.lowercased())))
                removed.append(model)
                if json { continue }
                try StandardOutput.line(
                    "\(model.name) is removed: \(Quantity.bytes.text(Double(model.bytes))) freed.")
            }
            if json { try StandardOutput.json(["removed": removed]) }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare every byte of models with the checksums that they had when they were pulled.",
            discussion: """
                Examples:
                  tandem models verify
                  tandem models verify smollm2-135m-instruct --quiet
                """)

        @Argument(help: "Names of models; all of them if there are none.")
        var names: [String] = []

        @Flag(help: "Print a JSON object.")
        var json = false

        @Flag(name: .shortAndLong, help: "Show no progress.")
        var quiet = false

        func run() async throws {
            let store = ModelStore(root: try HubSettings.current().root)
            let contents = store.contents()
            let names = names.isEmpty ? contents.models.map(\.name) + contents.damaged.map(\.name) : names
            var verified: [Sized] = []
            let bar = ProgressBar(quantity: .bytes, isQuiet: quiet)
            for name in names {
                let manifest = try store.verify(try ModelName(name.lowercased())) { file, byteCount, total in
                    if byteCount == 0 { bar.begin(file, total: Double(total)) }
                    bar.advance(to: Double(byteCount))
                }
                bar.finish(isKept: false)
                verified.append(Sized(name: manifest.name, bytes: manifest.byteCount))
                if json { continue }
                try StandardOutput.line(
                    "\(manifest.name) is as it was pulled: \(Quantity.bytes.text(Double(manifest.byteCount))).")
            }
            if json { try StandardOutput.json(["verified": verified]) }
        }
    }

    struct Path: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print where a model is: its GGUF file, or its directory.",
            discussion: """
                Examples:
                  tandem models path smollm2-135m-instruct
                  tandem models path hf:HuggingFaceTB/SmolLM2-360M-Instruct
                """)

        @Argument(help: "A name, hf:OWNER/REPO[/FILE], or a path.")
        var model: String

        @Flag(help: "Print a JSON object.")
        var json = false

        func run() async throws {
            let path = try ModelStore(root: HubSettings.current().root).locate(model).path
            if json { try StandardOutput.json(["path": path]) } else { try StandardOutput.line(path) }
        }
    }

    /// A model in a result for programs.
    private struct Sized: Encodable {
        var name: String
        var bytes: Int
    }
}
