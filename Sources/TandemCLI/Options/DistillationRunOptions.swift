import ArgumentParser
import Foundation
import TandemMath

/// How `distill` runs; the result does not depend on it.
struct DistillationRunOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Conversations at once. Left out: 32.", valueName: "count"))
    var batch: Int?

    @Option(help: ArgumentHelp("Which of several processes this is, the first being 0.", valueName: "number"))
    var rank: Int?

    @Option(
        help: ArgumentHelp(
            "How many processes share the work; 'auto' takes both numbers from mpirun or srun.", valueName: "count"))
    var ranks: Ranks?

    @OptionGroup var threads: ThreadOptions

    func validate() throws {
        try OptionCheck.range("batch", batch, 1...1024)
        switch ranks {
        case nil:
            guard rank == nil else { throw ValidationError("--rank goes with --ranks, the number of processes.") }
        case .automatic:
            guard rank == nil else { throw ValidationError("--ranks auto takes the rank from mpirun or srun.") }
        case .count(let count):
            guard let rank, (0..<count).contains(rank) else {
                throw ValidationError("--ranks \(count) needs --rank, a number from 0 to \(count - 1).")
            }
        }
    }

    /// How many conversations to lead at once.
    var batchCount: Int { batch ?? 32 }

    /// Threads that compute.
    var pool: ComputePool { ComputePool(threadCount: threads.count) }

    /// This process's number, and how many there are.
    func share() throws -> (rank: Int, rankCount: Int) {
        switch ranks {
        case nil: return (0, 1)
        case .count(let count): return (rank ?? 0, count)
        case .automatic:
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
    }
}

extension DistillationRunOptions {
    /// How many processes share the work: a number, or `auto` for as many as were started.
    enum Ranks: ExpressibleByArgument {
        case count(Int)
        case automatic

        init?(argument: String) {
            if argument == "auto" {
                self = .automatic
            } else if let count = Int(argument), (1...1_000_000).contains(count) {
                self = .count(count)
            } else {
                return nil
            }
        }
    }
}
