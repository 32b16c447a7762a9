import Foundation
import TandemHub
import TandemMath

/// What was measured on this machine, kept from one run of the program to the next.
///
/// Another build of the program, and another machine that has the same folder, measure for themselves: their passes may cost
/// something else.
struct MeasurementStore: Sendable {
    private let folder: String
    private let program: String

    /// A store.
    ///
    /// - Parameters:
    ///   - folder: Where things are kept; made when the first one is.
    ///   - program: For whom they hold.
    init(folder: String, program: String = MeasurementStore.program) {
        self.folder = folder
        self.program = program
    }

    /// Beside the models that were pulled.
    static func standard() throws -> MeasurementStore {
        MeasurementStore(folder: try HubSettings.current().root + "/measurements")
    }

    /// This build of the program on this kind of machine.
    static let program: String = {
        let machine = ProcessInfo.processInfo
        let build = Bundle.main.executablePath.map(FileStamp.text(of:)) ?? ""
        return "\(build) on \(machine.activeProcessorCount) processors, \(machine.physicalMemory) bytes"
    }()

    /// What is kept under a name; nil if nothing is, if it cannot be read, or if another program has kept it.
    func read<Value: Decodable>(_ name: String) -> Value? {
        guard let data = FileManager.default.contents(atPath: path(name)),
            let kept = try? JSONDecoder().decode(Kept<Value>.self, from: data), kept.program == program
        else { return nil }
        return kept.value
    }

    /// Keeps a value. If it cannot be kept it is measured again the next time.
    func keep(_ value: some Encodable, as name: String) {
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        guard let data = try? JSONEncoder().encode(Kept(program: program, value: value)),
            let file = try? ReplacementFile(path: path(name))
        else { return }
        try? file.write([UInt8](data))
        try? file.commit()
    }

    private func path(_ name: String) -> String { "\(folder)/\(name).json" }
}

/// What a file holds: a value, and for whom it holds.
private struct Kept<Value> {
    var program: String
    var value: Value
}

extension Kept: Encodable where Value: Encodable {}
extension Kept: Decodable where Value: Decodable {}

/// Tells versions of files apart without reading them: by names, sizes and dates.
enum FileStamp {
    /// The stamp of a file, or of all files of a folder.
    static func text(of path: String) -> String {
        let folder = URL(fileURLWithPath: path).resolvingSymlinksInPath()
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?.sorted()
        let files = names.map { $0.map { folder.appending(path: $0).path } } ?? [folder.path]
        return files.map { file in
            let attributes = try? FileManager.default.attributesOfItem(atPath: file)
            let date = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
            return "\(file): \(attributes?[.size] as? Int ?? 0) bytes of \(date)"
        }.joined(separator: "; ")
    }
}
