#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

extension ComputePool {
    /// One thread for each physical core that this process may use.
    ///
    /// On Linux: the cores in the process's affinity mask, hardware threads of one core counted once, but no more than
    /// the control group's processor quota (a container's limit), rounded down. On a Mac: the performance cores.
    public static var defaultThreadCount: Int {
        #if canImport(Darwin)
            let cores = systemValue("hw.perflevel0.physicalcpu") ?? systemValue("hw.physicalcpu") ?? 1
            return max(1, cores)
        #else
            let processors = allowedProcessors()
            let cores = Set(processors.map { firstSibling(of: $0) ?? $0 }).count
            let quota = controlGroupQuota().map { Int($0) } ?? Int.max
            return max(1, min(cores, quota))
        #endif
    }
}

#if canImport(Darwin)
    private func systemValue(_ name: String) -> Int? {
        var value: Int32 = 0
        var size = MemoryLayout<Int32>.size
        guard sysctlbyname(name, &value, &size, nil, 0) == 0 else { return nil }
        return Int(value)
    }
#else
    /// The processors in this process's affinity mask.
    private func allowedProcessors() -> [Int] {
        let status = smallText(at: "/proc/self/status") ?? ""
        for line in status.split(separator: "\n") where line.hasPrefix("Cpus_allowed_list:") {
            let numbers = numbersInList(String(line.drop { $0 != ":" }.dropFirst()))
            if !numbers.isEmpty { return numbers }
        }
        return Array(0..<max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }

    /// The lowest processor number on the same physical core.
    private func firstSibling(of processor: Int) -> Int? {
        let path = "/sys/devices/system/cpu/cpu\(processor)/topology/thread_siblings_list"
        return smallText(at: path).flatMap { numbersInList($0).min() }
    }

    /// The smallest quota, in processors, on the way from this process's control group to the root.
    private func controlGroupQuota() -> Double? {
        guard let groups = smallText(at: "/proc/self/cgroup") else { return nil }
        var quotas: [Double] = []
        for line in groups.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            if fields[1].isEmpty {
                for folder in foldersToRoot(fields[2]) {
                    if let text = smallText(at: "/sys/fs/cgroup\(folder)/cpu.max") {
                        quotas += [processorQuota(fromMaximum: text)].compactMap { $0 }
                    }
                }
            } else if fields[1].split(separator: ",").contains("cpu") {
                for folder in foldersToRoot(fields[2]) {
                    let base = "/sys/fs/cgroup/cpu\(folder)/cpu.cfs_"
                    if let quota = smallText(at: base + "quota_us"), let period = smallText(at: base + "period_us") {
                        quotas += [processorQuota(fromMaximum: quota + " " + period)].compactMap { $0 }
                    }
                }
            }
        }
        return quotas.min()
    }

    /// The first few kilobytes of a file of the kernel's.
    private func smallText(at path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return nil }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
#endif

/// The numbers of a list such as `0-2,5`.
func numbersInList(_ list: String) -> [Int] {
    let parts = list.filter { !$0.isWhitespace }.split(separator: ",")
    return parts.flatMap { part -> [Int] in
        let ends = part.split(separator: "-").compactMap { Int($0) }
        guard let first = ends.first, let last = ends.last, first <= last, last - first < 65_536 else { return [] }
        return Array(first...last)
    }
}

/// `/a/b` gives `/a/b`, `/a` and the empty root.
func foldersToRoot(_ path: Substring) -> [String] {
    let parts = path.split(separator: "/")
    return (0...parts.count).reversed().map { parts.prefix($0).map { "/" + $0 }.joined() }
}

/// Processors that a `quota period` pair in microseconds grants; nil for no limit (`max`, or a quota of -1).
func processorQuota(fromMaximum text: String) -> Double? {
    let fields = text.split { $0 == " " || $0 == "\n" }
    guard fields.count >= 2, let quota = Double(fields[0]), let period = Double(fields[1]), quota > 0, period > 0
    else { return nil }
    return quota / period
}
