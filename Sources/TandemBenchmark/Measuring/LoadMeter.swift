import Foundation

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Processor time that others used while we, our peers and our children measured.
///
/// All that belongs to the benchmark is ours: this process, children that have ended, and those that live and are
/// registered here. What remains of the machine's busy time is others'.
public final class LoadMeter {
    private var children: Set<Int32> = []

    /// Without children yet.
    public init() {}

    /// A child that works for the benchmark from now on.
    public func register(_ process: Int32) { children.insert(process) }

    /// A child that has ended and was waited for: the system now counts its time among our ended children.
    public func unregister(_ process: Int32) { children.remove(process) }

    /// What `body` returns, and how many cores others kept busy meanwhile.
    public func measuring(_ body: () throws -> Double) rethrows -> Reading {
        let before = now()
        let value = try body()
        let after = now()
        return Reading(
            value: value, seconds: (after.instant - before.instant) / .seconds(1),
            othersCores: after.coresUsedByOthers(since: before))
    }

    /// Time so far, that of children included.
    public func now() -> ProcessorTime {
        let time = ProcessorTime.now()
        return ProcessorTime(
            instant: time.instant,
            ownSeconds: time.ownSeconds + endedChildrenSeconds() + children.reduce(0) { $0 + seconds(of: $1) },
            machineSeconds: time.machineSeconds)
    }

    private func endedChildrenSeconds() -> Double {
        var usage = rusage()
        // -1 is RUSAGE_CHILDREN, whose type differs from system to system.
        guard unsafe getrusage(-1, &usage) == 0 else { return 0 }
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    /// User and system time of a living process. Its name, in parentheses, may hold spaces; fields count from after it.
    private func seconds(of process: Int32) -> Double {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let name = text.lastIndex(of: ")")
        else { return 0 }
        let fields = text[text.index(after: name)...].split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}

/// One measurement.
public struct Reading: Sendable, Hashable, Codable {
    /// In the unit of its line.
    public var value: Double
    /// How long taking it took, preparations included.
    public var seconds: Double
    /// Cores that others kept busy meanwhile; `nil` where the system does not say.
    public var othersCores: Double?

    /// A measurement.
    public init(value: Double, seconds: Double, othersCores: Double?) {
        self.value = value
        self.seconds = seconds
        self.othersCores = othersCores
    }

    /// Whether others used at most 5 % of a core. The system counts in hundredths of a second on each core, so two of
    /// those say nothing.
    public var isQuiet: Bool { (othersCores ?? 0) * seconds <= 0.05 * seconds + 0.02 }
}
