import Foundation
import TandemCheckpoint
import TandemMath
import TandemBenchmark

/// The model in each format that is asked for: its own file, and requantisations of it in a folder that is removed.
struct FormatFiles {
    /// In the order asked for.
    let formats: [TensorFormat]
    private let source: GGUFFile
    private let ownFormat: TensorFormat
    private let folder: URL

    init(model: String, formats: String?) throws {
        source = try GGUFFile(path: model)
        ownFormat = Self.prevailingFormat(of: source)
        if let formats {
            self.formats = try formats.split(separator: ",").map { name in
                guard let format = TensorFormat.allCases.first(where: { $0.rawValue.lowercased() == name.lowercased() })
                else { throw BenchmarkError("There is no format \(name); there are \(Self.names).") }
                return format
            }
        } else {
            self.formats = [ownFormat]
        }
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("engine-benchmark-\(UUID().uuidString)")
    }

    /// The file in a format, made if need be.
    func file(_ format: TensorFormat, progress: (String) -> Void) throws -> String {
        if format == ownFormat { return source.path }
        let path = folder.appendingPathComponent("\(format.rawValue).gguf").path
        progress("requantising")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try source.requantize(to: format, writingTo: path)
        return path
    }

    /// Removes what was made.
    func remove() { try? FileManager.default.removeItem(at: folder) }

    /// The format of most weights: files call themselves by it, although a few matrices may have another.
    private static func prevailingFormat(of file: GGUFFile) -> TensorFormat {
        var counts: [TensorFormat: Int] = [:]
        for tensor in file.tensors { counts[tensor.format, default: 0] += tensor.shape.reduce(1, *) }
        return counts.max { $0.value < $1.value }?.key ?? .float32
    }

    private static var names: String {
        TensorFormat.allCases.filter(\.isEncodable).map { $0.rawValue.lowercased() }.joined(separator: ", ")
    }
}
