import Foundation
import TandemCheckpoint
import TandemHub

/// Looks for the bundle that belongs to a model when nobody has named one.
///
///     beside the model            tandem-… or …-tandem, folder or file
///     TANDEM_HOME/bundles         what a person has put there
///     Models                      in the folders above the program: a clone of the repository
///     share/tandem/Models         in the folders above the program: an installation
struct BundleSearch {
    /// Folders in which every entry may be a bundle.
    var folders: [String]
    /// A folder in which entries with "tandem" in their names may be bundles.
    var modelFolder: String?

    /// The usual places.
    ///
    /// - Parameter modelPath: The large model's file or folder.
    static func standard(modelPath: String) throws -> BundleSearch {
        var folders = [try HubSettings.current().root + "/bundles"]
        if var folder = Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent() {
            for _ in 0..<6 {
                folders.append(folder.appending(path: "Models").path)
                folders.append(folder.appending(path: "share/tandem/Models").path)
                folder.deleteLastPathComponent()
            }
        }
        let model = URL(fileURLWithPath: modelPath).deletingLastPathComponent().path
        return BundleSearch(folders: folders, modelFolder: model)
    }

    /// The first bundle that belongs to the model with this fingerprint.
    ///
    /// Bundles for other models are passed over, and so is what cannot be read: nobody asked for it.
    func path(for fingerprint: String) -> String? {
        var candidates: [String] = []
        if let modelFolder {
            candidates += entries(of: modelFolder).filter {
                ($0 as NSString).lastPathComponent.lowercased().contains("tandem")
            }
        }
        for folder in folders { candidates += entries(of: folder) }
        return candidates.first { path in
            guard TandemBundle.isBundle(path), let bundle = try? TandemBundle(path: path) else { return false }
            return bundle.large.fingerprint == fingerprint
        }
    }

    /// By name, so that the same one is found each time.
    private func entries(of folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().map { folder + "/" + $0 }
    }
}
