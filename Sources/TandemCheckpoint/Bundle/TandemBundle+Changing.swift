import Foundation
public import TandemJSON
import TandemMath

/// What is put into a bundle after it was written. Each file is replaced as a whole, so that whoever reads meanwhile sees the
/// old one or the new one.
extension TandemBundle {
    /// Puts what an evaluation found beside the model, in place of what is there: `evaluation.json`, and a section of the card.
    ///
    /// - Parameters:
    ///   - evaluation: All that was found.
    ///   - figures: What of it the card shall say.
    /// - Throws: ``CheckpointError`` or `MappedFileError` if the bundle is a single file or cannot be written.
    public func addEvaluation(_ evaluation: JSONValue, figures: [BundleContents.Figure] = []) throws {
        try requireFolder()
        try replace("evaluation.json", with: evaluation.document + "\n")
        try addToCard("Evaluation", figures: figures)
    }

    /// Throws if the bundle is one file, to which nothing can be added.
    ///
    /// - Throws: ``CheckpointError`` with the remedy.
    public func requireFolder() throws {
        guard FileManager.default.fileExists(atPath: path + "/config.json") else {
            throw CheckpointError(
                file: path, problem: "nothing can be added to a bundle in one file",
                remedy: "Give the folder that it was exported from, and export it again.")
        }
    }

    func replace(_ name: String, with text: String) throws {
        let file = try ReplacementFile(path: path + "/" + name)
        try file.write(Array(text.utf8))
        try file.commit()
    }

    /// Gives the card, if there is one, a section of figures.
    func addToCard(_ title: String, figures: [BundleContents.Figure]) throws {
        guard !figures.isEmpty, let card = try? String(contentsOfFile: path + "/README.md", encoding: .utf8) else {
            return
        }
        try replace("README.md", with: ModelCard.text(card, withSection: title, figures: figures))
    }
}
