/// What a progress bar shows at one moment, as text. No state, no terminal: ``ProgressBar`` has those.
struct ProgressLine: Sendable {
    var label: String
    var amount: Double
    var total: Double?
    var rate: Double?
    var quantity: Quantity

    /// One line of at most `width` characters, with as much in it as fits: label, bar, percentage, amount, rate, time
    /// left.
    ///
    ///     model.gguf ━━━━━━━━━━━━╌╌╌╌╌╌  62 %  61.0 of 98.4 MB  12 MB/s  3 s
    func text(width: Int, hasColours: Bool) -> String {
        let details = parts
        // The least important part goes first when it is narrow.
        var shown = details
        var room = width - label.count - Self.length(shown)
        for part in [Part.Kind.amount, .rate, .timeLeft] where room < 0 {
            shown.removeAll { $0.kind == part }
            room = width - label.count - Self.length(shown)
        }
        let barWidth = total == nil ? 0 : min(40, room - 1)
        let bar = barWidth >= 8 ? " " + self.bar(width: barWidth, hasColours: hasColours) : ""
        let shortened = room < 0 ? Self.shortened(label, to: max(0, width - Self.length(shown))) : label
        return shortened + bar + shown.map { "  " + $0.text }.joined()
    }

    /// For output that is not a terminal: a whole line, always with everything.
    var plainText: String { label + parts.map { "  " + $0.text }.joined() }

    private struct Part {
        enum Kind { case share, amount, rate, timeLeft }
        var kind: Kind
        var text: String
    }

    private var share: Double? {
        guard let total, total > 0 else { return nil }
        return min(max(amount / total, 0), 1)
    }

    private var parts: [Part] {
        var parts: [Part] = []
        if let share {
            // Never 100 before it is all there.
            let percentage = String(Int(share * 100))
            parts.append(
                Part(kind: .share, text: String(repeating: " ", count: 3 - percentage.count) + percentage + " %"))
        }
        let reached = quantity.text(amount)
        parts.append(Part(kind: .amount, text: total.map { "\(reached) of \(quantity.text($0))" } ?? reached))
        if let rate { parts.append(Part(kind: .rate, text: quantity.rate(rate))) }
        if let total, let rate, rate > 0, amount < total {
            let left = min((total - amount) / rate, 359_999)
            parts.append(Part(kind: .timeLeft, text: Quantity.time(.seconds(left.rounded(.up))) + " left"))
        }
        return parts
    }

    private func bar(width: Int, hasColours: Bool) -> String {
        let filled = Int((share ?? 0) * Double(width))
        let done = String(repeating: "━", count: filled)
        let open = String(repeating: hasColours ? "━" : "╌", count: width - filled)
        return hasColours ? "\u{1B}[32m\(done)\u{1B}[90m\(open)\u{1B}[0m" : done + open
    }

    private static func length(_ parts: [Part]) -> Int { parts.reduce(0) { $0 + $1.text.count + 2 } }

    private static func shortened(_ text: String, to width: Int) -> String {
        guard text.count > width else { return text }
        return width < 2 ? "" : text.prefix(width - 1) + "…"
    }
}
