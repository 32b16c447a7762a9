#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Zeroed memory, aligned for vector loads, freed with its owner.
///
/// Large blocks come straight from the system, which hands them out zeroed, and ask for huge pages: a forward pass walks
/// through all weights and would otherwise miss the translation buffer at every few kilobytes.
final class AlignedStorage: @unchecked Sendable {
    let base: UnsafeMutableRawPointer
    let byteCount: Int
    /// The mapping that a large block lies in.
    private let mapping: UnsafeMutableRawBufferPointer?
    private static let hugePage = 1 << 21

    init(byteCount: Int) {
        precondition(byteCount >= 0, "A block of memory cannot have \(byteCount) bytes.")
        self.byteCount = byteCount
        if byteCount >= 2 * Self.hugePage {
            let length = byteCount + Self.hugePage
            let mapped = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
            guard let mapped, mapped != MAP_FAILED else {
                preconditionFailure("The system has no \(byteCount) bytes of memory left.")
            }
            mapping = UnsafeMutableRawBufferPointer(start: mapped, count: length)
            base = mapped.alignedUp(toMultipleOf: Self.hugePage)
            #if os(Linux)
                madvise(base, byteCount, MADV_HUGEPAGE)
            #endif
        } else {
            var pointer: UnsafeMutableRawPointer?
            guard posix_memalign(&pointer, 64, max(byteCount, 64)) == 0, let pointer else {
                preconditionFailure("The system has no \(byteCount) bytes of memory left.")
            }
            memset(pointer, 0, max(byteCount, 64))
            mapping = nil
            base = pointer
        }
    }

    deinit {
        if let mapping { munmap(mapping.baseAddress, mapping.count) } else { free(base) }
    }
}

extension UnsafeMutableRawPointer {
    fileprivate func alignedUp(toMultipleOf alignment: Int) -> UnsafeMutableRawPointer {
        let address = Int(bitPattern: self)
        return self + ((address + alignment - 1) / alignment * alignment - address)
    }
}
