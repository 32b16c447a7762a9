import Foundation
import TandemMPI
import TandemTraining
import Testing

private let launcher = ["/usr/bin/mpirun", "/usr/local/bin/mpirun", "/opt/homebrew/bin/mpirun"].first {
    FileManager.default.isExecutableFile(atPath: $0)
}

struct MPITests {
    @Test(.enabled(if: launcher != nil, "Open MPI is not installed"))
    func `one, two and four ranks keep the contract and reach the same loss`() throws {
        let losses = try [1, 2, 4].map { try run(rankCount: $0) }
        for loss in losses {
            // Gradients differ by the rounding of three additions, 2⁻²⁴ each; forty steps of a stable descent
            // multiply that by no more than their number.
            #expect(abs(loss - losses[0]) <= 3 * 40 * 0x1p-24 * max(1, losses[0]))
        }
        #expect(try run(rankCount: 2) == losses[1])
    }

    @Test(.enabled(if: launcher != nil, "Open MPI is not installed"))
    func `one, two and four ranks have the same curve of losses`() throws {
        let curves = try [1, 2, 4].map { count in
            try inFolder { numbers(in: try launch(rankCount: count, arguments: [$0]).output) }
        }
        #expect(curves[0].count == 12 && curves[0][11] < 0.9 * curves[0][0])
        for curve in curves.dropFirst() {
            // Sums over ranks are rounded in another order (2⁻²⁴ each). Products round their inputs to 8 bits, and Adam scales
            // small gradients up, so a few of the weights' last bits decide about 2⁻⁹ of some products.
            #expect(curve.count == 12 && zip(curve, curves[0]).allSatisfy { abs($0 - $1) <= 2e-3 * $1 })
        }
        let again = try inFolder { numbers(in: try launch(rankCount: 2, arguments: [$0]).output) }
        #expect(again == curves[1])
    }

    @Test(.enabled(if: launcher != nil, "Open MPI is not installed"))
    func `a rank that dies ends the job with an error, and the run goes on from its last checkpoint`() throws {
        let whole = try inFolder { numbers(in: try launch(rankCount: 2, arguments: [$0]).output) }
        try inFolder { folder in
            let broken = try launch(rankCount: 2, arguments: [folder, "6"], isExpectedToFail: true)
            #expect(broken.status != 0 && !broken.errors.isEmpty)
            let rest = numbers(in: try launch(rankCount: 2, arguments: [folder]).output)
            #expect(rest == Array(whole[4...]))
        }
    }

    private func numbers(in text: String) -> [Double] {
        text.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
    }

    private func inFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tandem-mpi-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder.path)
    }

    @Test func `a library that is not there is an error with a remedy`() {
        let error = #expect(throws: TrainingError.self) { try MPICollective(libraryPath: "/nowhere/libmpi.so") }
        #expect(error?.description.contains("Install it") == true)
    }

    private func run(rankCount: Int) throws -> Double {
        try #require(numbers(in: try launch(rankCount: rankCount, arguments: []).output).last)
    }

    private func launch(
        rankCount: Int, arguments: [String], isExpectedToFail: Bool = false
    ) throws -> (status: Int32, output: String, errors: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(launcher))
        let check = try #require(
            Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent().appendingPathComponent("MPICheck").path }
                .first { FileManager.default.isExecutableFile(atPath: $0) } ?? neighbour("MPICheck"))
        process.arguments = ["--allow-run-as-root", "--oversubscribe", "-np", "\(rankCount)", check] + arguments
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(isExpectedToFail || process.terminationStatus == 0, "\(complaint)")
        return (process.terminationStatus, text, complaint)
    }

    /// An executable beside the one that runs.
    private func neighbour(_ name: String) -> String? {
        let path = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent(
            name
        )
        .path
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }
}
