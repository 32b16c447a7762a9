import Foundation

/// How an amount of something is written for people.
enum Quantity: Sendable {
    /// Decimal multiples: 98.4 MB.
    case bytes
    /// A count with a unit: 1,200 tokens. Large ones are shortened: 3.4M tokens.
    case counted(String)

    func text(_ amount: Double) -> String {
        let (number, prefix) = Self.scaled(amount)
        switch self {
        case .bytes: return number + " " + prefix.replacingOccurrences(of: "K", with: "k") + "B"
        case .counted(let unit): return number + prefix + " " + unit
        }
    }

    /// Amount per second.
    func rate(_ amount: Double) -> String { text(amount) + "/s" }

    private static func scaled(_ amount: Double) -> (number: String, prefix: String) {
        var value = amount.isFinite ? max(0, amount) : 0
        var prefix = ""
        for next in ["K", "M", "G", "T"] where value >= 999.95 {
            value /= 1000
            prefix = next
        }
        let isWhole = prefix.isEmpty && value == value.rounded()
        return (String(format: isWhole || value >= 99.95 ? "%.0f" : "%.1f", value), prefix)
    }

    /// A length of time: 0.5 s, 8 s, 2:05, 1:02:03.
    static func time(_ duration: Duration) -> String {
        if duration > .zero, duration < .seconds(1) { return String(format: "%.1f s", duration / .seconds(1)) }
        let seconds = max(0, Int(duration.components.seconds))
        func two(_ value: Int) -> String { (value < 10 ? "0" : "") + String(value) }
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3600 { return "\(seconds / 60):\(two(seconds % 60))" }
        return "\(seconds / 3600):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    }
}
