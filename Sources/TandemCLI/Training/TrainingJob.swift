import Foundation
import Synchronization
import TandemMPI
import TandemTraining

/// The processes that train together: those that `mpirun` has started, or this one.
enum TrainingJob {
    /// Joins the job that this process was started in, if it was.
    static func join() throws -> any Collective {
        // Open MPI tells its processes how many they are, and Slurm those that it starts by way of PMIx.
        let environment = ProcessInfo.processInfo.environment
        let isStartedByMPI =
            environment["OMPI_COMM_WORLD_SIZE"] != nil
            || environment["PMIX_RANK"] != nil && environment["SLURM_PROCID"] != nil
        return isStartedByMPI ? try MPICollective() : SingleProcess()
    }
}

/// Whether the run shall stop at the next step.
final class StopFlag: Sendable {
    private let flag = Atomic(false)

    var isRaised: Bool { flag.load(ordering: .relaxed) }
    func raise() { flag.store(true, ordering: .relaxed) }
}
