import TandemMPI
import TandemMath
import TandemTraining

/// What `TandemMPITests` runs under `mpirun`.
///
/// Without arguments: the contract of `Collective`, and a linear regression whose result the tests compare between numbers
/// of ranks. Prints one line on rank 0: the final loss.
///
/// With a folder: a training run in it (``TrainerCheck``). Prints the losses of its steps on rank 0. With a step behind the
/// folder, one rank dies at that step.
@main
struct MPICheck {
    static func main() throws {
        let mpi = try MPICollective()
        let arguments = Array(CommandLine.arguments.dropFirst())
        if let folder = arguments.first {
            let losses = try TrainerCheck(
                collective: mpi, folder: folder, diesAt: arguments.dropFirst().first.flatMap { Int($0) }
            ).run()
            if mpi.rank == 0 { print(losses.map { "\($0)" }.joined(separator: " ")) }
            return try mpi.finish()
        }
        try checkContract(mpi)
        let loss = try train(mpi)
        try mpi.barrier()
        if mpi.rank == 0 { print("loss \(loss)") }
        try mpi.finish()
    }

    private static func checkContract(_ mpi: MPICollective) throws {
        // Values whose sum depends on the order; a length that no number of ranks divides.
        func value(_ rank: Int, _ index: Int) -> Float { Float(index % 97) / 3 * Float(rank * rank + 1) }
        let arena = FloatArena(count: 100_003)
        for index in 0..<arena.count { arena.all[0, index] = value(mpi.rank, index) }
        try mpi.sum(arena)
        for index in 0..<arena.count {
            let expected = (0..<mpi.rankCount).map { value($0, index) }.reduce(nil as Float?) { ($0 ?? 0) + $1 } ?? 0
            guard arena.all[0, index] == expected else { throw TrainingError("The sum is wrong at \(index).") }
        }
        var numbers = [Double(mpi.rank), 0.1]
        try mpi.sum(&numbers)
        guard numbers[0] == Double(mpi.rankCount * (mpi.rankCount - 1) / 2) else {
            throw TrainingError("The sum of ranks is \(numbers[0]).")
        }
        arena.all.fill(with: Float(mpi.rank))
        try mpi.broadcast(arena, from: mpi.rankCount - 1)
        guard arena.all[0, 100_002] == Float(mpi.rankCount - 1) else { throw TrainingError("The broadcast is wrong.") }
    }

    /// Linear regression, 40 steps of 24 rows in 12 pieces that are dealt out to the ranks.
    private static func train(_ mpi: MPICollective) throws -> Double {
        let pool = ComputePool(threadCount: 1)
        var layout = ArenaLayout()
        layout.add("w", rows: 1, columns: 32)
        let (weights, gradients) = (layout.makeArena(), layout.makeArena())
        let optimizer = AdamW(layout: layout, settings: .init(weightDecay: 0))
        var loss = 0.0
        for step in 0..<40 {
            gradients.all.fill(with: 0)
            let pieces = (0..<12).map { SequencePlan.Piece(index: $0, tokens: 0..<2 + $0 % 3) }
            var sums = [0.0]
            for piece in SequencePlan.share(of: pieces, rank: mpi.rank, of: mpi.rankCount) {
                var generator = SeededGenerator(seed: UInt64(step), stream: UInt64(piece.index) + 1)
                for _ in 0..<2 {
                    let x = (0..<32).map { _ in Float(generator.nextNormal()) }
                    let error = x.indices.reduce(Float(0)) { $0 + x[$1] * (weights.all[0, $1] - Float($1) / 32) }
                    sums[0] += Double(error * error) / 24
                    for index in x.indices { gradients.all[0, index] += 2 * error * x[index] / 24 }
                }
            }
            try mpi.sum(gradients)
            try mpi.sum(&sums)
            loss = sums[0]
            try optimizer.step(weights: weights, gradients: gradients, rate: 0.05, on: pool)
        }
        return loss
    }
}
