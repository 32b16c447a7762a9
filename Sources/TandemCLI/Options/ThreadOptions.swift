import ArgumentParser
import TandemMath

/// How many threads compute.
struct ThreadOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Threads that compute. The result does not depend on it. Left out: one for each physical core that this "
                + "process may use.", valueName: "count"))
    var threads: Int?

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads is \(threads), but it must be between 1 and 1024.")
        }
    }

    /// How many threads to start.
    var count: Int { threads ?? ComputePool.defaultThreadCount }
}
