import TandemMath

extension KeyValueCache {
    /// Keys and values of one position that the cache holds, layer after layer, as half-precision bits: what tests of
    /// equality compare.
    public func bits(position: Int) -> [UInt16] {
        precondition(position >= 0 && position < count, "A cache of \(count) rows has none at \(position).")
        let pageLength = KeyValueLayout.pageLength
        return pages[position / pageLength].bits(position: position % pageLength)
    }
}
