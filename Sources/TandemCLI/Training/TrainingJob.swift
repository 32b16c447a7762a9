import ArgumentParser
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

/// Whether the run shall stop at the next step, and what has asked for it.
final class StopFlag: Sendable {
    private let isSet = Atomic(false)
    private let isInterrupted = Atomic(false)

    var isRaised: Bool { isSet.load(ordering: .relaxed) }

    /// Raises it because of a signal.
    func raise(by signal: Int32) {
        if signal == SIGINT { isInterrupted.store(true, ordering: .relaxed) }
        isSet.store(true, ordering: .relaxed)
    }

    /// How a run ends that was stopped and can go on: as programs do after Ctrl-C, else so that a script can tell it from a
    /// failure (EX_TEMPFAIL of sysexits.h).
    var exitCode: ExitCode { isInterrupted.load(ordering: .relaxed) ? ExitCode(128 + SIGINT) : ExitCode(75) }
}
