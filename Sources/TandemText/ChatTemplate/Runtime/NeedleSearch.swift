extension ArraySlice where Element: Equatable {
    /// Calls `visit` with the places where `needle` begins, from the left, until that says to stop. Nothing begins at every
    /// place and at the end.
    ///
    /// The search is that of Knuth, Morris and Pratt: it takes no more than the lengths of both, however much they repeat
    /// themselves.
    ///
    /// - Parameters:
    ///   - needle: What is searched for.
    ///   - seesOverlaps: Whether a place counts that lies in what was found before it.
    ///   - visit: Given an index of this slice; whether to go on.
    func visitPlaces(of needle: [Element], seesOverlaps: Bool, _ visit: (Int) -> Bool) {
        guard needle.count <= count else { return }
        guard !needle.isEmpty else {
            for place in startIndex...endIndex { guard visit(place) else { return } }
            return
        }
        let borders = needle.borders
        /// How much of the needle stands before the present place.
        var length = 0
        for index in indices {
            while length > 0, self[index] != needle[length] { length = borders[length - 1] }
            guard self[index] == needle[length] else { continue }
            length += 1
            guard length == needle.count else { continue }
            guard visit(index + 1 - length) else { return }
            length = seesOverlaps ? borders[length - 1] : 0
        }
    }
}

extension Array where Element: Equatable {
    /// For each beginning of the array, how long the longest shorter beginning is that it ends with.
    fileprivate var borders: [Int] {
        var borders = [Int](repeating: 0, count: count)
        var length = 0
        for index in indices.dropFirst() {
            while length > 0, self[index] != self[length] { length = borders[length - 1] }
            if self[index] == self[length] { length += 1 }
            borders[index] = length
        }
        return borders
    }
}
