import Foundation
import Tandem
import TandemDecoding
import Testing

@testable import TandemCLI

struct KnownCostsTests {
    private let folder = NSTemporaryDirectory() + "known-costs-\(UUID().uuidString)"

    private func known(program: String = KnownCosts.program) -> KnownCosts {
        KnownCosts(folder: folder, model: "model", drafter: .tandem, companion: "bundle", threads: 2, program: program)
    }

    private let costs = CostModel(
        read: .init(counts: [1, 2], seconds: [1, 1.5]), draft: .init(counts: [1], seconds: [0.1]), draftStart: 0.2)

    @Test func `costs are kept for the build that measured them`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(known().read() == nil)
        known().keep(costs)
        #expect(known().read() == costs)
        // Its passes may cost something else.
        #expect(known(program: "another build").read() == nil)
        known(program: "another build").keep(costs)
        #expect(known().read() == nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
    }

    @Test(arguments: [
        "", "{", #"{"program":1}"#, #"{"read":{"counts":[1],"seconds":[1]},"draft":{"counts":[1],"seconds":[1]}}"#,
    ])
    func `what cannot be read is measured anew`(text: String) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        known().keep(costs)
        let file = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first)
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/" + file))
        #expect(known().read() == nil)
    }
}
