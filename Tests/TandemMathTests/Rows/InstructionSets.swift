import CTandemKernels
import Foundation
import TandemMath

/// The instruction sets that this machine can run, one at a time.
enum InstructionSets {
    /// Those whose bits must be the same. (What bf16 instructions round in their own way is not among what is tested
    /// with this.)
    static let available = [
        TK_ISA_PORTABLE, TK_ISA_AVX2, TK_ISA_AVX512, TK_ISA_AVX512BF16, TK_ISA_NEON, TK_ISA_NEON_DOT,
    ]
    .filter { tk_isa_available($0) != 0 }

    private static let lock = NSRecursiveLock()

    /// Calls `body` with every kernel switched to `set`. Calls exclude each other, since the switch is one for all.
    static func with<Result>(_ set: tk_isa, _ body: () throws -> Result) rethrows -> Result {
        lock.lock()
        let before = tk_isa_current()
        defer {
            _ = tk_isa_select(before)
            lock.unlock()
        }
        _ = tk_isa_select(set)
        return try body()
    }

    /// Calls `body` while no other test switches: for bits that are compared with each other, whatever the set.
    static func unchanged<Result>(_ body: () throws -> Result) rethrows -> Result { try with(tk_isa_current(), body) }

    /// What `body` gives with the portable kernels, and the sets that give something else.
    static func disagreement<Result: Equatable>(_ body: () throws -> Result) rethrows -> [UInt32] {
        let expected = try with(TK_ISA_PORTABLE, body)
        return try available.filter { try with($0, body) != expected }.map(\.rawValue)
    }
}

extension Matrix {
    /// The numbers' bits, so that zeros have signs and NaN equals itself.
    var bits: [UInt32] { values.map(\.bitPattern) }

    /// The bits of one row.
    func bits(row: Int) -> [UInt32] { self.row(row).map(\.bitPattern) }
}
