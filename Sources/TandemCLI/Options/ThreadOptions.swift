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
        try OptionCheck.range("threads", threads, 1...1024)
    }

    /// How many threads to start.
    var count: Int { threads ?? ComputePool.defaultThreadCount }
}
