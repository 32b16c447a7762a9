import Foundation
import TandemCheckpoint
import TandemMath
import TandemModels

/// A bundle of weights by chance for a tiny model: it guesses badly, and must change no text.
struct UntrainedBundle {
    /// The bundle's folder, in one of its own.
    let path: String

    /// Makes one for the model at `model`.
    init(for model: String, memory: TandemConfiguration.Memory = .perLayer(.topAligned)) throws {
        let pool = ComputePool(threadCount: 1)
        let checkpoint = try CheckpointReader.open(model)
        let large = try LargeModel(checkpoint, pool: pool)
        let shape = large.configuration
        let small = try TransformerConfiguration(
            architecture: .llama, vocabularyCount: shape.vocabularyCount, width: 64, layerCount: 1, headCount: 4,
            keyValueHeadCount: 2, feedForwardWidth: 96, contextLength: shape.contextLength)
        let configuration = try TandemConfiguration(
            small: small, largeWidth: shape.width, largeLayerCount: shape.layerCount, memory: memory,
            embedding: .own, head: .own, draftTokens: nil, addsLastState: memory != .none)
        path = FileManager.default.temporaryDirectory.appending(path: "bundles-\(UUID().uuidString)/a-tandem").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try TandemBundle.write(
            BundleContents(
                name: "untrained", configuration: configuration, weights: configuration.makeWeights(seed: 7),
                storage: .float32, large: LargeModelIdentity(of: large, from: checkpoint)), to: path)
    }

    /// The folder that the bundle's folder is in.
    var folder: String { (path as NSString).deletingLastPathComponent }

    /// Removes it.
    func remove() { try? FileManager.default.removeItem(atPath: folder) }
}
