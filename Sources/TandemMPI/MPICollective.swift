private import CTandemMPI
public import TandemMath
public import TandemTraining

/// The processes of an MPI job (`mpirun`, Slurm, the MPI Operator), through an Open MPI library found at run time.
///
/// Sums are made in rank order, whatever algorithm the library would choose: every rank gets one slice of everybody's
/// numbers, adds the slices from rank 0 on, and hands the result round. So a run repeats its bits for a number of ranks, and
/// differs between numbers of ranks only by the rounding of `rankCount − 1` additions.
public final class MPICollective: Collective {
    /// This process's number.
    public let rank: Int
    /// How many processes there are.
    public let rankCount: Int
    private var isOpen = true

    /// Numbers that one rank adds at a time: bounds the buffers, and keeps counts far below what MPI's integers hold.
    private static let sliceCount = 1 << 20

    /// Joins the job. One for each process, and only once.
    ///
    /// - Parameter libraryPath: Where the library is; nil looks for it under its usual names.
    /// - Throws: ``TrainingError`` that says why, and how to get the library.
    public init(libraryPath: String? = nil) throws {
        var message = [CChar](repeating: 0, count: 512)
        guard tmpi_open(libraryPath, &message, message.count) == 0 else {
            throw TrainingError(
                "Open MPI cannot be used: \(text(message)). Install it (Debian and Ubuntu: openmpi-bin; macOS: brew "
                    + "install open-mpi), or train with one process.")
        }
        rank = Int(tmpi_rank())
        rankCount = Int(tmpi_size())
    }

    /// Replaces every number by its sum over the ranks, added in rank order.
    public func sum(_ arena: FloatArena) throws {
        guard rankCount > 1 else { return }
        try arena.all.withUnsafeMutableBufferPointer { numbers in
            let slice = min(Self.sliceCount, (numbers.count + rankCount - 1) / rankCount)
            guard slice > 0 else { return }
            var whole = [Float](repeating: 0, count: slice * rankCount)
            var received = whole
            var total = [Float](repeating: 0, count: slice)
            for start in stride(from: 0, to: numbers.count, by: whole.count) {
                let count = min(whole.count, numbers.count - start)
                for index in 0..<count { whole[index] = numbers[start + index] }
                for index in count..<whole.count { whole[index] = 0 }
                try check(tmpi_exchange_floats(whole, &received, Int32(slice)), "adding gradients")
                for index in 0..<slice { total[index] = received[index] }
                for other in 1..<rankCount {
                    for index in 0..<slice { total[index] += received[other * slice + index] }
                }
                try check(tmpi_gather_floats(total, &received, Int32(slice)), "adding gradients")
                for index in 0..<count { numbers[start + index] = received[index] }
            }
        }
    }

    /// The same for a few numbers in double precision.
    public func sum(_ numbers: inout [Double]) throws {
        guard rankCount > 1, !numbers.isEmpty else { return }
        var gathered = [Double](repeating: 0, count: numbers.count * rankCount)
        try check(tmpi_gather_doubles(numbers, &gathered, Int32(numbers.count)), "adding losses")
        for index in numbers.indices {
            numbers[index] = 0
            for other in 0..<rankCount { numbers[index] += gathered[other * numbers.count + index] }
        }
    }

    /// Replaces the numbers by those of rank `root`.
    public func broadcast(_ arena: FloatArena, from root: Int) throws {
        precondition(root >= 0 && root < rankCount, "There is no rank \(root) among \(rankCount).")
        try arena.all.withUnsafeMutableBufferPointer { numbers in
            for start in stride(from: 0, to: numbers.count, by: Self.sliceCount) {
                guard let base = numbers.baseAddress else { return }
                let count = min(Self.sliceCount, numbers.count - start)
                try check(tmpi_broadcast_floats(base + start, Int32(count), Int32(root)), "sending weights round")
            }
        }
    }

    /// Waits for everybody.
    public func barrier() throws { try check(tmpi_barrier(), "waiting for the others") }

    /// Leaves the job. Without it, MPI takes the process's end for a failure and ends the others.
    public func finish() throws {
        guard isOpen else { return }
        isOpen = false
        try check(tmpi_close(), "leaving the job")
    }

    private func check(_ status: Int32, _ doing: String) throws {
        guard status != 0 else { return }
        var message = [CChar](repeating: 0, count: 512)
        tmpi_error(status, &message, message.count)
        throw TrainingError(
            "Rank \(rank) of \(rankCount) failed while \(doing): \(text(message)). Another rank may have died: look at its "
                + "output, then start the job again; it goes on from the last checkpoint.")
    }
}

/// The text of a C string in an array.
private func text(_ characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
