import Foundation
import TandemMath
import Testing

@testable import TandemTraining

struct RunTests {
    private let folder: TemporaryFolder
    private let pool = ComputePool(threadCount: 1)
    private let layout: ArenaLayout = {
        var layout = ArenaLayout()
        layout.add("a", rows: 2, columns: 9)
        layout.add("b", rows: 1, columns: 3, group: .init(decays: false))
        return layout
    }()
    private let record = RunRecord(
        command: ["tandem", "train"], version: "1", startTime: "2026-01-01T00:00:00Z", seeds: ["data": 1], inputs: [],
        machine: [:], rankCount: 1)

    init() throws { folder = try TemporaryFolder() }

    /// A run of its own kind: noisy gradients that depend on the weights and the step.
    private final class Run {
        let layout: ArenaLayout
        let weights: FloatArena
        let optimizer: AdamW
        let average: WeightAverage
        var step = 0
        var generator: SeededGenerator

        init(_ layout: ArenaLayout, pool: ComputePool) throws {
            self.layout = layout
            weights = layout.makeArena()
            weights.all.fill(with: 1)
            optimizer = AdamW(layout: layout, settings: .init())
            average = try WeightAverage(of: weights, decay: 0.9, on: pool)
            generator = SeededGenerator(seed: 4)
        }

        func advance(to end: Int, on pool: ComputePool) throws {
            while step < end {
                let gradients = layout.makeArena()
                for segment in layout.segments {
                    for index in segment.range {
                        gradients.all[0, index] = weights.all[0, index] + Float(generator.nextNormal())
                    }
                }
                try optimizer.step(weights: weights, gradients: gradients, rate: 0.1, on: pool)
                average.update(with: weights, on: pool)
                step += 1
            }
        }

        var arenas: [(name: String, arena: FloatArena)] {
            [
                ("weights", weights), ("firstMoments", optimizer.firstMoments),
                ("secondMoments", optimizer.secondMoments), ("average", average.weights),
            ]
        }

        func state(_ record: RunRecord) -> TrainingState {
            TrainingState(
                step: step, optimizerStepCount: optimizer.stepCount, averageUpdateCount: average.updateCount,
                layout: layout, generators: ["noise": generator], settings: "{}", record: record)
        }

        func restore(_ checkpoint: TrainingCheckpoint) throws {
            for (name, arena) in arenas { try checkpoint.read(name, into: arena) }
            step = checkpoint.state.step
            optimizer.restore(stepCount: checkpoint.state.optimizerStepCount)
            average.restore(updateCount: checkpoint.state.averageUpdateCount ?? 0)
            generator = try #require(checkpoint.state.generators["noise"])
        }
    }

    @Test func `a run that goes on from a checkpoint ends with the same bits`() throws {
        let through = try Run(layout, pool: pool)
        try through.advance(to: 7, on: pool)
        let first = try Run(layout, pool: pool)
        try first.advance(to: 3, on: pool)
        let checkpoints = try CheckpointFolder(path: folder.file("run"))
        try checkpoints.write(first.state(record), arenas: first.arenas)
        let second = try Run(layout, pool: pool)
        let checkpoint = try #require(try checkpoints.latest())
        try checkpoint.requireSame(settings: "{}", layout: layout)
        try second.restore(checkpoint)
        try second.advance(to: 7, on: pool)
        for (a, b) in zip(through.arenas, second.arenas) {
            #expect(a.arena.all.values == b.arena.all.values, "\(a.name)")
        }
        #expect(checkpoint.state.record == record)
    }

    @Test func `the newest two checkpoints stay, and a damaged one gives way to the one before`() throws {
        let run = try Run(layout, pool: pool)
        let checkpoints = try CheckpointFolder(path: folder.file("run"))
        #expect(try checkpoints.latest() == nil)
        for step in 1...3 {
            try run.advance(to: step, on: pool)
            try checkpoints.write(run.state(record), arenas: run.arenas)
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: checkpoints.path).sorted()
        #expect(names == ["step-000000002.tandemstate", "step-000000003.tandemstate"])
        let newest = URL(fileURLWithPath: checkpoints.path + "/" + names[1])
        let bytes = try Data(contentsOf: newest)
        for length in [0, 10, 100, bytes.count - 1] {
            try bytes.prefix(length).write(to: newest)
            #expect(try checkpoints.latest()?.state.step == 2)
        }
        var changed = bytes
        changed[14] = 0xff
        try changed.write(to: newest)
        #expect(try checkpoints.latest()?.state.step == 2)
    }

    @Test func `what a process left that was killed while it wrote is removed, and nothing else`() throws {
        let run = try Run(layout, pool: pool)
        let checkpoints = try CheckpointFolder(path: folder.file("run"))
        try run.advance(to: 1, on: pool)
        try checkpoints.write(run.state(record), arenas: run.arenas)
        for name in ["step-000000002.tandemstate.x7.partial", "notes.partial"] {
            _ = try folder.write("half", to: "run/" + name)
        }
        checkpoints.removeRemains()
        let names = try FileManager.default.contentsOfDirectory(atPath: checkpoints.path).sorted()
        #expect(names == ["notes.partial", "step-000000001.tandemstate"])
    }

    @Test func `settings that differ are listed with both values`() {
        func differences(_ there: String, _ now: String) -> String? {
            SettingsComparison.differences(there: there, now: now)
        }
        let there =
            #"{"facts": {"large": "a"}, "trainer": {"rate": {"peak": 0.5}, "stages": [{"end": 1}], "blocks": {"whole": {}}}}"#
        let now =
            #"{"facts": {"large": "b"}, "trainer": {"rate": {"peak": 2.5}, "stages": [{"end": 1}, {"end": 2}], "blocks": {"whole": {}}}}"#
        #expect(
            differences(there, now)
                == #"large ("a" there, "b" now), rate.peak (0.5 there, 2.5 now), stages[1].end (not set there, 2 now)"#)
        #expect(differences(there, there) == nil && differences("s", "t") == nil)
        let many = "{" + (0..<10).map { "\"k\($0)\": 1" }.joined(separator: ", ") + "}"
        #expect(differences(#"{"k0": 0}"#, many)?.hasSuffix(" and 2 more") == true)
    }

    @Test func `another model or other settings are refused`() throws {
        let run = try Run(layout, pool: pool)
        let path = folder.file("state")
        try TrainingCheckpoint.write(run.state(record), arenas: run.arenas, path: path)
        let checkpoint = try TrainingCheckpoint(path: path)
        #expect(throws: TrainingError.self) { try checkpoint.requireSame(settings: "{\"a\":1}", layout: layout) }
        #expect(throws: TrainingError.self) { try checkpoint.requireSame(settings: "{}", layout: ArenaLayout()) }
        #expect(throws: TrainingError.self) { try checkpoint.read("nothing", into: layout.makeArena()) }
    }

    @Test func `metrics of steps after the checkpoint and a broken last line are dropped`() throws {
        let path = folder.file("metrics.jsonl")
        do {
            let metrics = try MetricsFile(path: path, goingOnAfter: 0)
            for step in 1...4 { try metrics.append(step: step, ["loss": 1 / Double(step), "norm": .nan]) }
            try metrics.synchronize()
        }
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("{\"step\":5,\"lo".utf8))
        try handle.close()
        let metrics = try MetricsFile(path: path, goingOnAfter: 3)
        try metrics.append(step: 4, ["loss": 9])
        let lines = try MetricsFile.read(path: path)
        #expect(lines.map(\.step) == [1, 2, 3, 4])
        #expect(lines.map { $0.values["loss"] } == [1, 0.5, 1.0 / 3, 9])
        #expect(lines[0].values["norm"] == nil)
    }

    @Test func `an input is recorded with its hash`() throws {
        let input = try RunRecord.Input(role: "text", path: folder.write("abc", to: "abc.txt"))
        #expect(input.name == "abc.txt" && input.byteCount == 3)
        #expect(input.hash == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test func `one process on its own is its own sum`() throws {
        let alone: any Collective = SingleProcess()
        let arena = FloatArena(count: 16)
        arena.all[0, 3] = 2
        try alone.sum(arena)
        var numbers = [1.5]
        try alone.sum(&numbers)
        try alone.broadcast(arena, from: 0)
        try alone.barrier()
        try alone.finish()
        #expect(arena.all[0, 3] == 2 && numbers == [1.5])
    }
}
