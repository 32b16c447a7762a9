import Foundation
public import TandemJSON
public import TandemMath

/// Networks of policies beside a bundle's model: the router that says how far to draft, the judge that says what may stand.
///
/// They lie in a file of their own, so that training one leaves the model's weights as they are, byte for byte. `config.json`
/// says whether there is one; without a word of it, a file that lies there is left over from something that was interrupted.
extension TandemBundle {
    static let policiesFile = "policies.safetensors"

    /// The networks that the bundle has, such as `router`.
    public var policies: [String] { Set(extras.keys.map { String($0.prefix { $0 != "." }) }).sorted() }

    /// Reads the networks of a folder whose configuration says that there are some.
    static func policies(in folder: String) throws -> (networks: [String: TensorData], byteCount: Int) {
        let path = folder + "/" + policiesFile
        guard FileManager.default.fileExists(atPath: path) else {
            throw CheckpointError(
                file: path, problem: "there is no such file, but config.json speaks of networks of policies",
                remedy: Remedy.incomplete)
        }
        let file = try SafetensorsFile(path: path)
        var networks: [String: TensorData] = [:]
        for tensor in file.tensors {
            guard BundleContents.isExtra(tensor.name), tensor.shape.count == 2 else {
                throw CheckpointError(
                    file: path, place: .tensor(tensor.name), problem: "it is no matrix of a router or a judge",
                    remedy: Remedy.damaged)
            }
            networks[tensor.name] = tensor
        }
        return (networks, file.byteCount)
    }

    /// Puts a network beside the model, in place of one of that name, and members into the calibration.
    ///
    /// Whenever this is interrupted, the bundle is whole: it has the old network or the new one, and never a calibration that was
    /// measured with another.
    ///
    /// - Parameters:
    ///   - name: `router` or `judge`.
    ///   - weights: The network's weights by their names.
    ///   - calibration: What policies need to know besides; replaces members of the same names.
    ///   - figures: What was measured, for a section of the model card.
    /// - Throws: ``CheckpointError`` or `MappedFileError` if the bundle is a single file or cannot be written.
    public func addPolicy(
        _ name: String, weights: [String: Matrix], calibration: [JSONMember] = [],
        figures: [BundleContents.Figure] = []
    ) throws {
        precondition(!weights.isEmpty, "A network has weights.")
        try requireFolder()
        let prefix = name + "."
        let added = try Self.encodedExtras(
            Dictionary(uniqueKeysWithValues: weights.map { (prefix + $0.key, $0.value) }), path: path)
        let kept = extras.filter { !$0.key.hasPrefix(prefix) }.map(\.value)
        var description = description
        description.hasPolicies = true
        try SafetensorsWriter.write(
            (kept + added).sorted { $0.name < $1.name }, metadata: ["format": "tandem"],
            to: path + "/" + Self.policiesFile)
        // Between these two the calibration is the old network's, which it says itself.
        if !calibration.isEmpty {
            let whole = NetworkCalibration.adding(
                calibration, of: name, hash: NetworkCalibration.hash(of: name, in: added), to: self.calibration)
            try replace("calibration.json", with: whole.document + "\n")
        }
        if description != self.description { try replace("config.json", with: description.json.document + "\n") }
        try addToCard(name.capitalized, figures: figures)
    }
}

extension ModelCard {
    /// A card with a section of figures at its end, in place of one with that title.
    static func text(_ text: String, withSection title: String, figures: [BundleContents.Figure]) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let heading = "## \(title)"
        if let start = lines.firstIndex(of: heading) {
            let end = lines[(start + 1)...].firstIndex { $0.hasPrefix("## ") } ?? lines.endIndex
            lines.removeSubrange(start..<end)
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        lines += ["", heading, ""] + table(figures)
        return lines.joined(separator: "\n") + "\n"
    }

    /// Figures as rows of a table.
    static func table(_ figures: [BundleContents.Figure]) -> [String] {
        ["| what | value |", "|---|---|"] + figures.map { "| \(plain($0.name)) | \(plain($0.value)) |" }
    }
}
