import ArgumentParser
import Foundation
import Testing

@testable import TandemCLI

/// What the articles on training tell people to type is understood by the program.
struct ArticleCommandTests {
    private static let folder = URL(filePath: #filePath)
        .appending(path: "../../../../Sources/TandemTraining/Documentation.docc").standardizedFileURL

    @Test func `every command of the articles is understood`() throws {
        var count = 0
        for article in try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted()
        where article.hasSuffix(".md") {
            let text = try String(contentsOf: Self.folder.appending(path: article), encoding: .utf8)
            for arguments in try Self.shellCommands(of: text) + Self.containerCommands(of: text) {
                count += 1
                #expect(throws: Never.self, "\(article): tandem \(arguments.joined(separator: " "))") {
                    let command = try TandemCommand.parseAsRoot(arguments)
                    if let train = command as? TrainModelCommand, train.configuration == nil {
                        try train.settings.check()
                    }
                }
            }
        }
        #expect(count > 15)
    }

    /// What stands behind `tandem` in lines of code that begin with it, or with what starts it several times.
    private static func shellCommands(of article: String) -> [[String]] {
        var commands: [[String]] = []
        var isFenced = false
        let lines = article.replacing("\\\n", with: " ").split(separator: "\n", omittingEmptySubsequences: false)
        for line in lines {
            if line.hasPrefix("```") {
                isFenced.toggle()
                continue
            }
            guard isFenced || line.hasPrefix("    ") else { continue }
            // Without comments and quotation marks; what Slurm fills in is a number.
            let code = line.prefix { $0 != "#" }.replacing("\"", with: "").replacing("$SLURM_CPUS_PER_TASK", with: "32")
            // Every second part stands between single quotation marks.
            let words = code.split(separator: "'", omittingEmptySubsequences: false).enumerated().flatMap {
                place, part in
                place.isMultiple(of: 2) ? part.split(separator: " ").map(String.init) : [String(part)]
            }
            guard let first = words.first, ["tandem", "mpirun", "srun"].contains(first),
                let start = words.firstIndex(of: "tandem")
            else { continue }
            commands.append(Array(words[(start + 1)...]))
        }
        return commands
    }

    /// The same for the lists of words that containers are started with.
    private static func containerCommands(of article: String) throws -> [[String]] {
        var commands: [[String]] = []
        for part in article.split(separator: "command: [").dropFirst() {
            let list = "[" + String(part.prefix { $0 != "]" }) + "]"
            let words = try JSONDecoder().decode([String].self, from: Data(list.utf8))
            if let start = words.firstIndex(of: "tandem") { commands.append(Array(words[(start + 1)...])) }
        }
        return commands
    }
}
