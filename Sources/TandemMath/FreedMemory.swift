internal import CTandemKernels

/// Memory that was freed and that the C library keeps for later.
public enum FreedMemory {
    /// Gives it back to the system, where the C library can be asked to (glibc).
    ///
    /// Loading a model frees many blocks of less than a megabyte, decoded weights and tables, that no later step has a use
    /// for: without this the process would seem to need them for as long as it runs.
    public static func giveBack() { tk_give_back_freed_memory() }
}
