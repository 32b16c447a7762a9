import Foundation
import TandemMath
import Testing

/// What `Tests/Fixtures/MANIFEST.json` says: tiny models, and what an independent program computed from them.
///
/// `Tools/reference/make_fixtures.py` writes the folder and explains every field.
struct GoldenFixtures: Decodable, Sendable {
    let models: [Model]
    let formats: [Format]

    /// Numbers in a file of little-endian floats.
    struct Numbers: Decodable, Sendable {
        let file: String
        let shape: [Int]
    }

    /// A tiny checkpoint.
    struct Model: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let architecture: String
        let file: String
        /// The same model as a Hugging Face directory.
        let directory: String?
        let text: String
        let tokens: [Int]
        /// The ids that follow `tokens` greedily, none of them by a smaller lead than `greedyLead`.
        let greedy: [Int]
        let greedyLead: Float
        /// `[tokens, vocabulary]`
        let logits: Numbers
        /// `[layers + 1, tokens, width]`: what each layer reads, then what the final norm reads.
        let stream: Numbers
        /// A context filled to its end.
        let long: Long

        /// Ids, and the logits `[1, vocabulary]` of the last one.
        struct Long: Decodable, Sendable {
            let tokens: [Int]
            let logits: Numbers
        }

        var testDescription: String { name }

        enum CodingKeys: String, CodingKey {
            case name, architecture, file, directory, text, tokens, greedy, logits, stream, long
            case greedyLead = "greedy_lead"
        }
    }

    /// Encoded rows and what they decode to.
    struct Format: Decodable, Sendable, CustomTestStringConvertible {
        let format: TensorFormat
        let blocks: String
        let values: Numbers

        var testDescription: String { format.rawValue }
    }

    /// The folder's contents.
    static let shared: GoldenFixtures = {
        do {
            return try JSONDecoder().decode(GoldenFixtures.self, from: Data(contentsOf: url("MANIFEST.json")))
        } catch {
            preconditionFailure("Tests/Fixtures/MANIFEST.json cannot be read: \(error)")
        }
    }()

    /// Where a file of the folder is.
    static func url(_ file: String) -> URL {
        URL(filePath: #filePath).appending(path: "../../../Fixtures").standardizedFileURL.appending(path: file)
    }

    /// The numbers of a file, row by row.
    static func floats(_ numbers: Numbers) throws -> [Float] {
        let bytes = try MappedFile(path: url(numbers.file).path).bytes
        return try TensorData(name: numbers.file, format: .float32, shape: numbers.shape, bytes: bytes).floats()
    }
}
