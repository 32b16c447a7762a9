/// Names that are close to one that was not found.
enum NearNames {
    /// The candidates that are a few keystrokes away from `name` or contain it, closest first.
    static func near(_ name: String, among candidates: [String], limit: Int = 5) -> [String] {
        let wanted = Array(name.lowercased().unicodeScalars.prefix(maximumLength))
        let allowed = max(2, wanted.count / 3)
        var scored: [(distance: Int, name: String)] = []
        for candidate in candidates {
            let text = Array(candidate.lowercased().unicodeScalars.prefix(maximumLength))
            var distance = keystrokes(from: wanted, to: text)
            // A part of the right name is a good guess too, however much is missing.
            if wanted.count >= 3, candidate.lowercased().contains(name.lowercased()) { distance = min(distance, 1) }
            if distance <= allowed { scored.append((distance, candidate)) }
        }
        return scored.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(limit).map(\.name)
    }

    private static let maximumLength = 200

    /// Insertions, deletions, replacements and swaps of neighbours that lead from one text to the other.
    static func keystrokes(from first: [Unicode.Scalar], to second: [Unicode.Scalar]) -> Int {
        var beforeLast = [Int](repeating: 0, count: second.count + 1)
        var last = Array(0...second.count)
        for i in first.indices {
            var row = [i + 1]
            for j in second.indices {
                let replaced = last[j] + (first[i] == second[j] ? 0 : 1)
                var best = min(replaced, last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, first[i] == second[j - 1], first[i - 1] == second[j] {
                    best = min(best, beforeLast[j - 1] + 1)
                }
                row.append(best)
            }
            (beforeLast, last) = (last, row)
        }
        return last[second.count]
    }
}
