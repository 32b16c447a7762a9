import Foundation

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Processor time so far: this process's, and the whole machine's where the system says.
///
/// The difference of two tells how much *others* used in between. On a machine that others use, no figure can be trusted
/// without that one beside it.
///
///     let before = ProcessorTime.now()
///     measure()
///     let others = ProcessorTime.now().coresUsedByOthers(since: before)   // 0.5: half a core
public struct ProcessorTime: Sendable {
    /// When it was read.
    public let instant: ContinuousClock.Instant
    /// Seconds that this process has used, user and system.
    public let ownSeconds: Double
    /// Seconds that all processors were busy, stolen time included; `nil` where the system does not say.
    public let machineSeconds: Double?

    /// Values that were read elsewhere.
    public init(instant: ContinuousClock.Instant, ownSeconds: Double, machineSeconds: Double?) {
        self.instant = instant
        self.ownSeconds = ownSeconds
        self.machineSeconds = machineSeconds
    }

    /// What the system says now.
    public static func now() -> ProcessorTime {
        ProcessorTime(instant: .now, ownSeconds: ownTime(), machineSeconds: machineTime())
    }

    /// How many cores others kept busy since `earlier`, on average; `nil` where the system does not say.
    ///
    /// Systems count in hundredths of a second: for less than a tenth of a second it means little.
    public func coresUsedByOthers(since earlier: ProcessorTime) -> Double? {
        guard let machineSeconds, let before = earlier.machineSeconds else { return nil }
        let wall = (instant - earlier.instant) / .seconds(1)
        guard wall > 0 else { return nil }
        return max(0, (machineSeconds - before) - (ownSeconds - earlier.ownSeconds)) / wall
    }

    /// User and system time of this process.
    private static func ownTime() -> Double {
        var time = timespec()
        guard unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return 0 }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    #if canImport(Darwin)
        private static func machineTime() -> Double? {
            var information = host_cpu_load_info()
            var count = mach_msg_type_number_t(MemoryLayout<host_cpu_load_info>.size / MemoryLayout<integer_t>.size)
            let status = unsafe withUnsafeMutablePointer(to: &information) { pointer in
                unsafe pointer.withMemoryRebound(to: integer_t.self, capacity: Int(count)) {
                    unsafe host_statistics(mach_host_self(), HOST_CPU_LOAD_INFO, $0, &count)
                }
            }
            guard status == KERN_SUCCESS else { return nil }
            let ticks = information.cpu_ticks
            // User, system, idle, nice.
            return (Double(ticks.0) + Double(ticks.1) + Double(ticks.3)) / Double(sysconf(_SC_CLK_TCK))
        }
    #else
        private static func machineTime() -> Double? {
            guard let text = try? String(contentsOfFile: "/proc/stat", encoding: .utf8) else { return nil }
            return busySeconds(procStat: text, ticksPerSecond: sysconf(Int32(_SC_CLK_TCK)))
        }
    #endif

    /// Busy seconds of all processors in the text of `/proc/stat`.
    ///
    /// The first line reads `cpu user nice system idle iowait irq softirq steal …`. Idle and waiting are no work; what the
    /// hypervisor stole is as lost to a measurement as what another process took.
    static func busySeconds(procStat text: String, ticksPerSecond: Int) -> Double? {
        guard ticksPerSecond > 0, let line = text.split(separator: "\n").first, line.hasPrefix("cpu ") else {
            return nil
        }
        let fields = line.split(separator: " ").dropFirst().compactMap { Double($0) }
        guard fields.count >= 8 else { return nil }
        let busy = fields[0] + fields[1] + fields[2] + fields[5] + fields[6] + fields[7]
        return busy / Double(ticksPerSecond)
    }
}
