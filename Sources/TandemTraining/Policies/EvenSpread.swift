/// Some of many, evenly spread.
enum EvenSpread {
    /// Whether the one at `index` is among `chosen` of `count`.
    static func contains(_ index: Int, chosen: Int, of count: Int) -> Bool {
        // So many of the first index + 1 are chosen, and one more than of the first index if this one is.
        (index + 1) * chosen / count > index * chosen / count
    }
}
