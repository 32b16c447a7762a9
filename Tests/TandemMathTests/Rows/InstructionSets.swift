import CTandemKernels
import TandemMath

/// The instruction sets that this machine can run, one at a time.
enum InstructionSets {
    /// Those whose bits must be the same. (What bf16 instructions round in their own way is not among what is tested
    /// with this.)
    static let available = [
        TK_ISA_PORTABLE, TK_ISA_AVX2, TK_ISA_AVX512, TK_ISA_AVX512BF16, TK_ISA_NEON, TK_ISA_NEON_DOT,
    ]
    .filter { tk_isa_available($0) != 0 }

    /// Calls `body` with every kernel switched to `set` on this thread: `body` must not compute on others.
    static func with<Result>(_ set: tk_isa, _ body: () throws -> Result) rethrows -> Result {
        let before = tk_isa_current()
        defer { _ = tk_isa_select(before) }
        _ = tk_isa_select(set)
        return try body()
    }

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
