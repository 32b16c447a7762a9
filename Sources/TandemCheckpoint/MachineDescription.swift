import CTandemKernels
import Foundation

/// The machine, as far as figures and bits depend on it. Without names and dates: a file with it may be published.
public struct MachineDescription: Sendable, Codable {
    /// Name of the processor.
    public var processor: String
    /// Which of the instruction sets that matter here it has.
    public var features: [String]
    /// The instruction set that the kernels use: one decides bits, in training.
    public var instructionSet: String
    /// Cores that the system shows.
    public var cores: Int
    /// Whole memory in GiB.
    public var memory: Double
    /// Name and version of the system.
    public var system: String
    /// The compiler's version, as it was when this program was built.
    public var swift: String

    /// This machine.
    public static var current: MachineDescription {
        let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
        func value(_ keys: String...) -> String? {
            for line in lines {
                let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
                if parts.count == 2, keys.contains(parts[0]) { return parts[1] }
            }
            return nil
        }
        let flags = Set((value("flags", "Features") ?? "").split(separator: " ").map(String.init))
        let known = [
            "avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512vl", "avx512_vnni", "avx_vnni", "avx512_bf16",
            "amx_int8",
            "asimd", "asimddp", "i8mm", "bf16",
        ]
        let information = ProcessInfo.processInfo
        return MachineDescription(
            processor: value("model name", "Model") ?? "unknown processor", features: known.filter(flags.contains),
            instructionSet: kernels, cores: information.processorCount,
            memory: Double(information.physicalMemory) / 1_073_741_824,
            system: systemName ?? information.operatingSystemVersionString, swift: compiler)
    }

    /// In a line or two.
    public var text: String {
        let features = features.isEmpty ? "" : " (\(features.joined(separator: ", ")))"
        return "\(processor)\(features), \(cores) cores, \(Int(memory.rounded())) GiB, "
            + "\(system), Swift \(swift)"
    }

    /// What the record of a training run keeps: its bits are those of this processor, and of no other that computes in another
    /// way.
    public var facts: [String: String] {
        ["processor": processor, "instruction set": instructionSet, "system": system]
    }

    private static var kernels: String {
        switch tk_isa_current() {
        case TK_ISA_AVX512BF16: "AVX-512 with BF16"
        case TK_ISA_AVX512: "AVX-512"
        case TK_ISA_AVX2: "AVX2"
        case TK_ISA_NEON_DOT: "NEON with dot products"
        case TK_ISA_NEON: "NEON"
        default: "portable"
        }
    }

    private static var systemName: String? {
        guard let text = try? String(contentsOfFile: "/etc/os-release", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("PRETTY_NAME=") })
        else { return nil }
        return line.dropFirst("PRETTY_NAME=".count).trimmingCharacters(in: CharacterSet(charactersIn: "\""))
    }

    private static var compiler: String {
        #if compiler(>=6.4)
            "6.4 or newer"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }
}
