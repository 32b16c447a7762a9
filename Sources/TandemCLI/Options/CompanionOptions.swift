import ArgumentParser
import Tandem
import TandemCheckpoint
import TandemHub
import TandemMath
import TandemModels
import TandemText

/// Which models stand beside the large one to draft for it.
struct CompanionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The trained small model that drafts: the folder or file of a bundle, or 'none'. Left out: the one that belongs to "
                + "the model, if one was shipped with this program or lies beside the model.", valueName: "path"))
    var tandem: String?

    /// The bundle that was named, if one was.
    var named: String? { tandem == "none" ? nil : tandem }

    /// Puts the tandem beside the model.
    ///
    /// - Returns: Where it lies; `nil` if there is none.
    /// - Throws: What is wrong with a bundle that was named. One that was found and is broken is an error, too.
    func attachTandem(to engine: TandemEngine, at modelPath: String) throws -> String? {
        if tandem == "none" { return nil }
        let path = try tandem ?? BundleSearch.standard(modelPath: modelPath).path(for: engine.model.fingerprint)
        guard let path else { return nil }
        var companions = try Companions(TandemBundle(path: path), for: engine.model)
        companions.independent = companions.independent ?? engine.companions.independent
        engine.companions = companions
        return path
    }

    /// Puts an ordinary small model beside the model.
    ///
    /// - Returns: Where it lies.
    /// - Throws: ``CommandError`` if its tokens are others.
    @discardableResult
    static func attachIndependent(_ argument: String, to engine: TandemEngine) throws -> String {
        if TandemBundle.isBundle(argument) {
            let found = try Companions(TandemBundle(path: argument), for: engine.model)
            guard let independent = found.independent else {
                throw CommandError("\(argument) reads the large model's states; give it with --tandem.")
            }
            engine.companions.independent = independent
            return argument
        }
        let location = try ModelStore(root: HubSettings.current().root).locate(argument)
        let checkpoint = try CheckpointReader.open(location.path)
        let tokenizer = BytePairTokenizer(try TokenizerDefinition(of: checkpoint))
        guard tokenizer.fingerprint == engine.tokenizer.fingerprint else {
            throw CommandError(
                "\(argument) has other tokens than \(engine.displayName): it cannot draft for it. Give a model of the same "
                    + "family.")
        }
        engine.companions.independent = .model(try LargeModel(checkpoint, pool: ComputePool()))
        return location.path
    }
}
