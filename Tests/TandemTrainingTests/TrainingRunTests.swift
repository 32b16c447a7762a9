import Foundation
import TandemCheckpoint
import TandemMath
import TandemModels
import Testing

@testable import TandemTraining

struct TrainingRunTests {
    private let workshop: TrainingWorkshop
    private static func record(startTime: String) -> RunRecord {
        RunRecord(
            command: [], version: "1", startTime: startTime, seeds: [:], inputs: [], machine: [:], rankCount: 1)
    }

    init() throws { workshop = try TrainingWorkshop() }

    /// The process dies here.
    private struct Killed: Error {}

    private func run(
        _ name: String, checkpointStepCount: Int? = 3, settings: String = "s", stopsAt: Int? = nil, diesAt: Int? = nil,
        rounding: BundleStorage? = nil, startTime: String = ""
    ) throws -> (run: TrainingRun, isFinished: Bool, events: [String]) {
        let trainer = try workshop.trainer(
            workshop.configuration(), workshop.settings(objective: .tandemDistil(), stepCount: 8, rounding: rounding))
        let heldOut = try HeldOutMeasure(
            of: trainer, on: workshop.data, documents: 10..<12, tokenCount: 1_000, draftTokenCount: 60)
        let run = try TrainingRun(
            trainer, heldOut: heldOut, folder: workshop.folder.file(name),
            schedule: .init(
                checkpointStepCount: checkpointStepCount, checkpointInterval: nil, measureStepCount: 4),
            settings: settings, record: Self.record(startTime: startTime), now: { .zero })
        var events: [String] = []
        let isFinished = try run.run(isStopRequested: { stopsAt.map { trainer.step + 1 >= $0 } ?? false }) { event in
            switch event {
            case .resumed(let step): events.append("resumed \(step)")
            case .stepped(let report, _):
                if report.step == diesAt { throw Killed() }
            case .measured(let step, _, let drafts):
                #expect(drafts?.positions.count == 8)
                events.append("measured \(step)")
            case .saved(let step): events.append("saved \(step)")
            }
        }
        return (run, isFinished, events)
    }

    private func bits(_ trainer: Trainer) -> [[UInt32]] { trainer.arenas.map(\.arena.bits) }

    @Test(arguments: [BundleStorage?.none, .int4])
    func `a killed run and a stopped one come to the bits of one that was left alone`(rounding: BundleStorage?) throws {
        let whole = try run("whole", rounding: rounding)
        #expect(whole.isFinished)
        #expect(
            whole.events == ["measured 0", "saved 3", "measured 4", "saved 6", "measured 8", "saved 8"])

        #expect(throws: Killed.self) { try run("killed", diesAt: 5, rounding: rounding) }
        let afterKill = try run("killed", rounding: rounding)
        #expect(afterKill.events == ["resumed 3", "measured 4", "saved 6", "measured 8", "saved 8"])
        #expect(bits(afterKill.run.trainer) == bits(whole.run.trainer))

        let stopped = try run("stopped", stopsAt: 5, rounding: rounding)
        #expect(!stopped.isFinished && stopped.events.last == "saved 5")
        let afterStop = try run("stopped", rounding: rounding)
        #expect(afterStop.isFinished && afterStop.events.first == "resumed 5")
        #expect(bits(afterStop.run.trainer) == bits(whole.run.trainer))

        let curves = try [whole, afterKill, afterStop].map { result in
            try MetricsFile.read(path: result.run.metricsPath).map { line in
                var values = line.values
                values["seconds"] = nil
                return "\(line.step) \(values.sorted { $0.key < $1.key })"
            }
        }
        #expect(curves[0].count == 11 && curves[0] == curves[1] && curves[0] == curves[2])
        let last = try #require(try MetricsFile.read(path: whole.run.metricsPath).last).values
        #expect((0...1).contains(last["heldout_place_8"] ?? -1) && (last["heldout_draft_tokens"] ?? 0) > 0)
        // The documents are not the large model's own: nothing in them says what greedy rounds would bring.
        #expect(last["heldout_tokens_per_round_3"] == nil)
        #expect(last["final_documents"] == 2 && last["final_greedy_documents"] == 0)
        #expect((last["final_agreement_error"] ?? -1) >= 0 && (0...1).contains(last["final_variation"] ?? -1))
    }

    @Test func `a finished run has nothing left to do`() throws {
        let first = try run("finished")
        let again = try run("finished")
        #expect(again.isFinished && again.events == ["resumed 8"])
        #expect(bits(again.run.trainer) == bits(first.run.trainer))
    }

    @Test func `a run that goes on keeps the time at which it was begun`() throws {
        _ = try run("time", stopsAt: 3, startTime: "yesterday")
        let resumed = try run("time", startTime: "today").run
        #expect(resumed.record.startTime == "yesterday")
        let checkpoints = try CheckpointFolder(path: resumed.folder + "/checkpoints")
        #expect(try checkpoints.latest()?.state.record.startTime == "yesterday")
    }

    @Test func `a run does not go on with other settings`() throws {
        _ = try run("other", stopsAt: 3)
        let error = #expect(throws: TrainingError.self) { try run("other", settings: "t") }
        #expect(error?.description.contains("other settings") == true)
    }

    @Test func `a checkpoint that is cut off gives way to the one before`() throws {
        #expect(throws: Killed.self) { try run("cut", diesAt: 7) }
        let path = workshop.folder.file("cut/checkpoints/step-000000006.tandemstate")
        let contents = try Data(contentsOf: URL(fileURLWithPath: path))
        try contents.prefix(contents.count / 2).write(to: URL(fileURLWithPath: path))
        let again = try run("cut")
        #expect(again.events.first == "resumed 3" && again.isFinished)
        #expect(bits(again.run.trainer) == bits(try run("whole").run.trainer))
    }
}
