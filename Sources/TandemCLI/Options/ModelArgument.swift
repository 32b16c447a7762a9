import ArgumentParser
import Foundation
import Tandem
import TandemCheckpoint
import TandemHub
import TandemText

/// Which model a command works with.
struct ModelArgument: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The name of a model that was pulled, a GGUF file, or a Hugging Face directory.", valueName: "model"))
    var model: String

    /// Where the model is.
    func path() throws -> String {
        try ModelStore(root: HubSettings.current().root).locate(model).path
    }

    /// What others may call the model, too: its name in the store, or its file's name without folders.
    var commonName: String {
        FileManager.default.fileExists(atPath: model) ? URL(fileURLWithPath: model).lastPathComponent : model
    }

    /// Opens the model's files.
    func open() throws -> any ModelCheckpoint { try CheckpointReader.open(try path()) }

    /// The model's tokenizer alone: its weights stay in their files.
    func tokenizer() throws -> BytePairTokenizer { BytePairTokenizer(try TokenizerDefinition(of: open())) }
}
