import ArgumentParser
import Foundation
import TandemMath

/// How `distill` runs; the result does not depend on it.
struct DistillationRunOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Conversations at once.", valueName: "count"))
    var batch = 32

    @Option(help: ArgumentHelp("Which of several processes this is, the first being 0.", valueName: "number"))
    var rank: Int?

    @Option(
        help: ArgumentHelp(
            "How many processes share the work; 'auto' takes both numbers from mpirun or srun.", valueName: "count"))
    var ranks: String?

    @OptionGroup var threads: ThreadOptions

    func validate() throws {
        try OptionCheck.range("batch", batch, 1...1024)
        _ = try share()
    }

    /// Threads that compute.
    var pool: ComputePool { ComputePool(threadCount: threads.count) }

    /// This process's number, and how many there are.
    func share() throws -> (rank: Int, rankCount: Int) {
        guard let ranks else {
            guard rank == nil else { throw ValidationError("--rank goes with --ranks, the number of processes.") }
            return (0, 1)
        }
        if ranks == "auto" {
            guard rank == nil else { throw ValidationError("--ranks auto takes the rank from mpirun or srun.") }
            let variables = ProcessInfo.processInfo.environment
            for (own, all) in [("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"), ("SLURM_PROCID", "SLURM_NTASKS")] {
                if let rank = variables[own].flatMap({ Int($0) }), let count = variables[all].flatMap({ Int($0) }),
                    rank >= 0, rank < count
                {
                    return (rank, count)
                }
            }
            throw ValidationError("--ranks auto finds no ranks: neither mpirun nor srun has started this process.")
        }
        guard let count = Int(ranks), count >= 1 else {
            throw ValidationError("--ranks is \(ranks), but it must be a number from 1 up, or auto.")
        }
        guard let rank, (0..<count).contains(rank) else {
            throw ValidationError("--ranks \(ranks) needs --rank, a number from 0 to \(count - 1).")
        }
        return (rank, count)
    }
}
