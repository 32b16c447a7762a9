import Foundation
import Tandem
import TandemDecoding
import Testing

@testable import TandemCLI

struct KnownCostsTests {
    private let folder = NSTemporaryDirectory() + "known-costs-\(UUID().uuidString)"

    private func known(
        program: String = MeasurementStore.program, drafters: [DraftSource: String] = [.tandem: "/bundle"]
    ) -> KnownCosts {
        KnownCosts(
            model: "model", threads: 2, drafters: drafters, in: MeasurementStore(folder: folder, program: program))
    }

    private let costs = MachineCosts(
        read: .init(counts: [1, 2], seconds: [1, 1.5]),
        drafts: [.tandem: DraftCosts(step: .init(counts: [1], seconds: [0.1]), start: 0.2)])

    @Test func `each drafter has costs of its own, by its files`() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (one, other) = (folder + "/one", folder + "/other")
        try Data("weights".utf8).write(to: URL(fileURLWithPath: one))
        try Data("weights".utf8).write(to: URL(fileURLWithPath: other))
        known(drafters: [.tandem: one]).keep(costs)
        #expect(known(drafters: [.tandem: one]).read() == costs)
        #expect(known(drafters: [.tandem: other]).read() == MachineCosts(read: costs.read))
        #expect(known(drafters: [.independent: one]).read()?.drafts == [.independent: costs.drafts[.tandem]!])
        // Trained once more: what its steps cost is not known.
        try Data("other weights".utf8).write(to: URL(fileURLWithPath: one))
        #expect(known(drafters: [.tandem: one]).read() == MachineCosts(read: costs.read))
    }

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
        "", "{", #"{"program":1}"#, #"{"read":{"counts":[1],"seconds":[1]},"drafts":{}}"#,
    ])
    func `what cannot be read is measured anew`(text: String) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        known().keep(costs)
        let file = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first)
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/" + file))
        #expect(known().read() == nil)
    }
}
