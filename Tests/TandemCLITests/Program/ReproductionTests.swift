import Foundation
import Testing

// Without optimisation the smallest reproduction takes far too long.
#if DEBUG
    private let isOptimized = false
#else
    private let isOptimized = true
#endif

extension ProgramTests {
    /// The smallest reproduction as people run it, from nothing to the verdicts.
    struct ReproductionTests {
        @Test(.enabled(if: isOptimized, "The build is not optimised."))
        func `the made-up language has the paper's order`() throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: "tandem-table1-\(UUID().uuidString)")
                .path
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let run = try Program().run(["reproduce", "table1", "--strict", "--output", folder, "--quiet"])
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.output.contains("holds (one seed)") && !run.output.contains("does not hold"))
            for name in ["table1.md", "table1.html", "result.json", "bundles/tandem-distil-1/config.json"] {
                #expect(FileManager.default.fileExists(atPath: folder + "/" + name), "\(name)")
            }
        }
    }
}
