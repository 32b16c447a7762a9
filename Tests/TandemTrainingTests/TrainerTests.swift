import Foundation
import TandemMath
import TandemModels
import Testing

@testable import TandemTraining

struct TrainerTests {
    @Test(arguments: [TandemConfiguration.Memory.perLayer(.topAligned), .fused(states: [1, 3]), .none])
    func `training learns a few texts by heart`(memory: TandemConfiguration.Memory) throws {
        let workshop = try TrainingWorkshop(documentCount: 4)
        let trainer = try workshop.trainer(
            workshop.configuration(memory: memory), workshop.settings(stepCount: 60, rate: 1e-2))
        var losses: [Double] = []
        while trainer.step < 60 { losses.append(try trainer.advance().sums.loss) }
        #expect(losses[59] < 0.25 * losses[0], "\(losses[0]) became \(losses[59])")
    }

    @Test(arguments: [Architecture.qwen2, .qwen3], [TandemConfiguration.Memory.perLayer(.topAligned), .none])
    func `biases and norms of heads learn with the rest, and do not decay`(
        architecture: Architecture, memory: TandemConfiguration.Memory
    ) throws {
        let workshop = try TrainingWorkshop(documentCount: 4, architecture: architecture)
        let configuration = try SmallModelPreset.tiny.configuration(
            beside: workshop.large.configuration, memory: memory, draftTokens: Array(0..<24))
        #expect(configuration.small.architecture == architecture)
        let initial = workshop.initial(configuration)
        let trainer = try Trainer(
            configuration, initial: initial, large: workshop.large, data: workshop.data,
            settings: workshop.settings(stepCount: 60, rate: 1e-2), pool: ComputePool(threadCount: 1))
        var losses: [Double] = []
        while trainer.step < 60 { losses.append(try trainer.advance().sums.loss) }
        #expect(losses[59] < 0.5 * losses[0], "\(losses[0]) became \(losses[59])")
        let learnt: [LayerParameter] =
            architecture == .qwen2 ? [.queryBias, .keyBias, .valueBias] : [.queryNorm, .keyNorm]
        let weights = trainer.weights.all(in: trainer.weights.arena)
        for parameter in learnt.map({ SmallParameter.layer(0, $0) }) {
            #expect(weights[parameter]?.values != initial[parameter]?.values, "\(parameter)")
            let segment = trainer.weights.layout.segments.first { $0.name == "\(parameter)" }
            #expect(segment?.group.decays == false)
        }
    }

    @Test func `distilling comes closer to what the large model says`() throws {
        let workshop = try TrainingWorkshop(documentCount: 4)
        let trainer = try workshop.trainer(
            workshop.configuration(), workshop.settings(objective: .forwardKL, stepCount: 40, rate: 1e-2))
        let first = try trainer.advance().sums
        var last = first
        while trainer.step < 40 { last = try trainer.advance().sums }
        #expect(last.divergence < 0.5 * first.divergence && last.variation < first.variation)
        #expect(last.agreement > first.agreement)
    }

    @Test func `what is frozen stays frozen`() throws {
        let workshop = try TrainingWorkshop()
        let configuration = try workshop.configuration()
        let initial = workshop.initial(configuration)
        let head = try #require(initial[.head])
        let before = head.values.map(\.bitPattern)
        let trainer = try Trainer(
            configuration, initial: initial, large: workshop.large, data: workshop.data,
            settings: workshop.settings(states: .recomputed), pool: ComputePool(threadCount: 2))
        let tokens = Array(0..<9)
        let logits = try reading(workshop.large, tokens)
        for _ in 0..<4 { _ = try trainer.advance() }
        let weights = trainer.weights.all(in: trainer.weights.arena)
        #expect(weights[.head]?.values.map(\.bitPattern) == before)
        #expect(try reading(workshop.large, tokens) == logits)
        let query = SmallParameter.layer(0, .query)
        #expect(weights[query]?.values != initial[query]?.values)
        #expect(!trainer.weights.layout.segments.contains { $0.name == "head" })
    }

    private func reading(_ large: LargeModel, _ tokens: [Int]) throws -> [UInt32] {
        try large.forward(
            [ModelSpan(cache: large.makeCache(capacity: 9), tokens: tokens)],
            scratch: ModelScratch(large.configuration), pool: ComputePool(threadCount: 1)
        ).logits.values.map(\.bitPattern)
    }

    @Test(arguments: [TandemConfiguration.Head.large, .own])
    func `threads change no bit`(head: TandemConfiguration.Head) throws {
        let workshop = try TrainingWorkshop()
        let objective = try Objective.tandemDistil()
        let results = try [1, 2, 3].map { threads in
            let trainer = try workshop.trainer(
                workshop.configuration(layerCount: 2, head: head), workshop.settings(objective: objective),
                threads: threads)
            for _ in 0..<4 { _ = try trainer.advance() }
            return trainer.arenas.map(\.arena.bits)
        }
        #expect(results[0] == results[1] && results[0] == results[2])
    }

    @Test func `stored states and those that are recomputed teach the same`() throws {
        let workshop = try TrainingWorkshop()
        let losses = try [StateOrigin.stored, .recomputed].map { states in
            let trainer = try workshop.trainer(workshop.configuration(), workshop.settings(states: states))
            return try (0..<6).map { _ in try trainer.advance().sums.loss }
        }
        // Stored states are rounded to halves (2⁻¹¹ each), which six steps hardly make larger.
        for (stored, recomputed) in zip(losses[0], losses[1]) { #expect(abs(stored - recomputed) < 5e-3 * stored) }
    }

    @Test func `a teacher that is asked again says what was stored`() throws {
        let workshop = try TrainingWorkshop()
        let bare = try TrainingWorkshop(storesStates: false)
        let objective = try Objective.tandemDistil()
        // Every token has a row; of 30 probabilities 4 were stored.
        let stored = try workshop.trainer(
            workshop.configuration(draftCount: 30), workshop.settings(objective: objective))
        let asked = try bare.trainer(
            bare.configuration(draftCount: 30), bare.settings(objective: objective, states: .recomputed))
        let (a, b) = (try stored.advance().sums, try asked.advance().sums)
        #expect(a.taughtCount == b.taughtCount && a.taughtCount > 0)
        #expect(a.agreementCount == b.agreementCount && abs(a.label - b.label) < 1e-2 * a.label)
        #expect(b.teacherEntropy > a.teacherEntropy)
    }

    @Test func `gradients in parts are those of the whole`() throws {
        let workshop = try TrainingWorkshop()
        let losses = try [4_096, 60, 1].map { count in
            let trainer = try workshop.trainer(
                workshop.configuration(), workshop.settings(microBatchTokenCount: count))
            return try (0..<6).map { _ in try trainer.advance().sums.loss }
        }
        // Only the order of sums differs (2⁻²⁴ each); Adam's first steps make rounding of small gradients visible.
        for parts in losses.dropFirst() {
            for (part, whole) in zip(parts, losses[0]) { #expect(abs(part - whole) < 1e-3 * whole) }
        }
    }

    @Test func `stages follow each other`() throws {
        let workshop = try TrainingWorkshop()
        var settings = try workshop.settings(stepCount: 4)
        settings.objectives = try ObjectiveSchedule(stages: [
            .init(end: 0.5, objective: .data), .init(end: 1, objective: .forwardKL),
        ])
        let trainer = try workshop.trainer(workshop.configuration(), settings)
        let sums = try (0..<4).map { _ in try trainer.advance().sums }
        for step in 0..<2 { #expect(abs(sums[step].objective - sums[step].label) < 1e-6 * sums[step].label) }
        for step in 2..<4 {
            #expect(abs(sums[step].objective - (sums[step].soft - sums[step].teacherEntropy)) < 1e-4)
        }
    }

    @Test func `a gradient that is not finite is an error with a remedy`() throws {
        let workshop = try TrainingWorkshop()
        let trainer = try workshop.trainer(workshop.configuration(), workshop.settings())
        trainer.weights.all(in: trainer.weights.arena)[.outputNorm]?.fill(with: .infinity)
        let error = #expect(throws: TrainingError.self) { try trainer.advance() }
        #expect(error?.description.contains("not a finite number") == true)
        #expect(trainer.step == 0)
    }

    @Test func `what the data lacks is named`() throws {
        let bare = try TrainingWorkshop(documentCount: 2, storesStates: false)
        let states = #expect(throws: TrainingError.self) { try bare.trainer(bare.configuration(), bare.settings()) }
        #expect(states?.description.contains("lacks the hidden states 2 and 3") == true)
        let teacher = #expect(throws: TrainingError.self) {
            try bare.trainer(bare.configuration(memory: .none), bare.settings(objective: .forwardKL))
        }
        #expect(teacher?.description.contains("probabilities") == true)
    }

    @Test func `states are stored if all texts have all that are read, and what is missing is said`() throws {
        let (whole, bare) = (
            try TrainingWorkshop(documentCount: 2), try TrainingWorkshop(documentCount: 2, storesStates: false)
        )
        let configuration = try whole.configuration(layerCount: 2)
        let stored = StoredStates(for: configuration, needsTeacher: true, in: [whole.data])
        #expect(stored.origin == .stored && stored.complaint == nil && stored.needed == [1, 2, 3])
        let partly = StoredStates(for: configuration, needsTeacher: true, in: [whole.data, bare.data])
        #expect(partly.origin == .recomputed && partly.hasSome && partly.gaps.count == 1)
        #expect(
            partly.complaint
                == "\(bare.data.name) lacks the hidden states 1, 2 and 3, and the large model's probabilities.")
        #expect(partly.remedy.contains("--states store --state 1 --state 2 --state 3"))
        let deeper = StoredStates(
            for: try whole.configuration(memory: .perLayer(.explicit([0]))), needsTeacher: false, in: [whole.data])
        #expect(deeper.complaint?.hasSuffix("lacks the hidden state 0.") == true)
        let alone = StoredStates(for: try bare.configuration(memory: .none), needsTeacher: false, in: [bare.data])
        #expect(alone.origin == .stored && !alone.hasSome)
        let trainer = try whole.trainer(whole.configuration(), whole.settings())
        let error = #expect(throws: TrainingError.self) {
            try HeldOutMeasure(of: trainer, on: bare.data, tokenCount: 100)
        }
        #expect(error?.description.contains("lacks the hidden states") == true)
    }

    @Test func `held-out text is measured with the averaged weights, the same every time`() throws {
        let workshop = try TrainingWorkshop()
        let trainer = try Trainer(
            workshop.configuration(), initial: workshop.initial(workshop.configuration()), large: workshop.large,
            data: workshop.data, documents: 0..<10, settings: workshop.settings(stepCount: 30, rate: 1e-2),
            pool: ComputePool(threadCount: 1))
        let measure = try HeldOutMeasure(of: trainer, on: workshop.data, documents: 10..<12, tokenCount: 1_000)
        #expect(measure.tokenCount == workshop.data.document(10).count + workshop.data.document(11).count)
        let before = try measure.measure()
        #expect(try measure.measure() == before)
        for _ in 0..<30 { _ = try trainer.advance() }
        let after = try measure.measure()
        #expect(after.loss < before.loss && after.positionCount == before.positionCount)
    }

    @Test func `rows before the first block that is learnt change nothing by being left out`() throws {
        let workshop = try TrainingWorkshop(documentCount: 3)
        let configuration = try workshop.configuration(layerCount: 2)
        let pool = ComputePool(threadCount: 2)
        let model = try SmallModel(
            configuration, weights: workshop.initial(configuration), large: workshop.large, form: .training, pool: pool)
        let plan = try SequencePlan(workshop.data, settings: .init(sequenceLength: 40, stepTokenCount: 160, seed: 1))
        let sequences = try plan.pieces.map {
            try TrainingSequence($0, of: workshop.data, step: 0, seed: 1, blocks: .fixed(length: 2))
        }
        let reader = SequenceReader(
            configuration, origin: .stored, large: workshop.large, teaches: false, forTraining: true)
        let reading = try reader.read(
            sequences, pieces: plan.pieces, of: workshop.data, capacity: 40, model: model, pool: pool)
        let short = try gradients(model, reading.hidden, reading.targets, reading, reader.scratch, pool)
        let shortHidden = reading.hidden.values

        // The same by hand, every row read.
        let scratch = SmallScratch(configuration, forTraining: true)
        let caches = sequences.map { _ in model.makeCache(capacity: 40) }
        let spans = zip(reading.spans, caches).map { MemorySpan(cache: $1, rows: $0.rows) }
        try model.absorb(spans, hiddenStates: reading.hiddenStates, scratch: scratch, pool: pool)
        let hidden = try model.forward(
            zip(sequences, caches).map { SmallSpan(cache: $1, tokens: $0.inputs, blocks: $0.blocks) }, logits: .none,
            scratch: scratch, pool: pool
        ).hidden
        #expect(reading.rows.count < hidden.rows)
        #expect(reading.rows.flatMap(hidden.row) == shortHidden)
        let whole = try gradients(
            model, hidden, LossTargets(joining: sequences.map(\.targets)), reading, scratch, pool, spans: spans)
        for (parameter, gradient) in whole {
            let other = try #require(short[parameter]).values
            let size = gradient.values.reduce(0) { max($0, abs($1)) }
            // The order of sums over rows differs.
            #expect(zip(gradient.values, other).allSatisfy { abs($0 - $1) <= 1e-4 * size }, "\(parameter)")
        }
    }

    private func gradients(
        _ model: SmallModel, _ hidden: Matrix, _ targets: LossTargets, _ reading: SequenceReader.Reading,
        _ scratch: SmallScratch, _ pool: ComputePool, spans: [MemorySpan]? = nil
    ) throws -> [SmallParameter: Matrix] {
        let configuration = model.configuration
        let weights = try TrainingWeights(configuration, initial: configuration.makeWeights(seed: 1))
        let gradients = weights.matrices(in: weights.layout.makeArena())
        let head = ChunkedHead(vocabulary: configuration.draftVocabulary, width: configuration.small.width)
        let rows = configuration.makeWeights(seed: 8)
        guard let headRows = rows[.head] else { return [:] }
        var generator = SeededGenerator(seed: 4)
        for row in 0..<headRows.rows {
            headRows.setRow(row, to: (0..<headRows.columns).map { _ in Float(generator.nextNormal()) })
        }
        head.load(headRows, on: pool)
        let hiddenGradient = Matrix(rows: hidden.rows, columns: hidden.columns)
        _ = try head.evaluate(
            hidden: hidden, targets: targets, objective: .tandemDistil(), normalizer: 10,
            hiddenGradient: hiddenGradient, on: pool)
        model.backward(
            hiddenGradient, absorbed: spans ?? reading.spans, hiddenStates: reading.hiddenStates, gradients: gradients,
            scratch: scratch, pool: pool)
        return gradients
    }
}
