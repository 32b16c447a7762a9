import TandemJSON
import Foundation
import TandemMath

/// The safetensors files of a directory, taken together: one `model.safetensors`, or those that
/// `model.safetensors.index.json` names.
struct SafetensorsShards: Sendable {
    let files: [SafetensorsFile]
    /// File and tensor of each name.
    private let positions: [String: TensorData]

    var byteCount: Int { files.reduce(0) { $0 + $1.byteCount } }
    var tensors: [TensorData] { files.flatMap(\.tensors) }

    init(directory: String) throws {
        func path(_ name: String) -> String { directory + "/" + name }
        let indexPath = path("model.safetensors.index.json")
        if FileManager.default.fileExists(atPath: path("model.safetensors")) {
            files = [try SafetensorsFile(path: path("model.safetensors"))]
            positions = try Self.positions(of: files)
        } else if FileManager.default.fileExists(atPath: indexPath) {
            let index = try JSONObject(path: indexPath)
            let names = try Self.fileNames(index)
            files = try Set(names.values).sorted().map { try SafetensorsFile(path: path($0)) }
            positions = try Self.positions(of: files)
            try Self.check(names, against: files, index)
        } else {
            throw CheckpointError(
                file: directory, problem: "there is neither model.safetensors nor model.safetensors.index.json in it",
                remedy:
                    "Get the weights in the safetensors format (pytorch_model.bin is not read, as it can run code), "
                    + "or a GGUF file.")
        }
    }

    func tensor(named name: String) -> TensorData? { positions[name] }

    /// File of each tensor, by the index. The names come from a stranger: they may not lead out of the directory.
    private static func fileNames(_ index: JSONObject) throws -> [String: String] {
        let map = try index.required("weight_map", index.object("weight_map"))
        var names: [String: String] = [:]
        for tensor in map.members.keys.sorted() {
            let name = try map.required(tensor, map.string(tensor))
            let isPlain = name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
            guard isPlain, !name.hasPrefix("."), name.hasSuffix(".safetensors") else {
                throw map.failure(
                    tensor, "\(quoted(name)) is not the plain name of a safetensors file",
                    "An index names files in its own directory, of letters, digits, dots, dashes and underscores; do "
                        + "not use this model if you do not know why it names others.")
            }
            names[tensor] = name
        }
        return names
    }

    private static func positions(of files: [SafetensorsFile]) throws -> [String: TensorData] {
        var positions: [String: TensorData] = [:]
        for file in files {
            for tensor in file.tensors where positions.updateValue(tensor, forKey: tensor.name) != nil {
                throw CheckpointError(
                    file: file.path, place: .tensor(tensor.name), problem: "another file has a tensor of this name",
                    remedy: Remedy.damaged)
            }
        }
        return positions
    }

    private static func check(_ names: [String: String], against files: [SafetensorsFile], _ index: JSONObject) throws {
        let byName = Dictionary(uniqueKeysWithValues: zip(Set(names.values).sorted(), files))
        for (tensor, name) in names.sorted(by: { $0.key < $1.key }) where byName[name]?.tensor(named: tensor) == nil {
            throw CheckpointError(
                file: index.file, place: .key("weight_map.\(tensor)"),
                problem: "the tensor is not in \(quoted(name)), where it is said to be", remedy: Remedy.damaged)
        }
    }
}
