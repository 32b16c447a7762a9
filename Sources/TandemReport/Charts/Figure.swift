import Foundation

/// Numbers as a reader wants them.
public enum Figure {
    /// With about three digits that count: `1.62`, `24.1`, `305`, `0.0041`; empty for `nil`, a dash for what is no number.
    public static func text(_ value: Double?) -> String {
        guard let value else { return "" }
        guard value.isFinite else { return "–" }
        let size = abs(value)
        switch size {
        case 0: return "0"
        case 0.001..<0.1: return String(format: "%.4f", value)
        case 0.1..<1: return String(format: "%.3f", value)
        case 1..<9.995: return String(format: "%.2f", value)
        case 9.995..<99.95: return String(format: "%.1f", value)
        case 99.95..<1e7: return String(format: "%.0f", value)
        default: return String(format: "%.2e", value)
        }
    }

    /// With a fixed number of decimals; empty for `nil`, a dash for what is no number.
    public static func text(_ value: Double?, decimals: Int) -> String {
        guard let value else { return "" }
        return value.isFinite ? String(format: "%.\(max(0, min(decimals, 17)))f", value) : "–"
    }

    /// A share as a percentage: `71 %`.
    public static func percentage(_ value: Double?, decimals: Int = 0) -> String {
        guard let value, value.isFinite else { return "" }
        return text(100 * value, decimals: decimals) + " %"
    }

    /// A tick of an axis whose ticks are `step` apart and none larger than `largest`: ten thousands and more are `k`, `M`,
    /// `G`, tiny steps have a power of ten.
    static func tick(_ value: Double, step: Double, largest: Double) -> String {
        if value == 0 { return "0" }
        if step < 1e-4 || largest >= 1e13 { return String(format: "%.3g", value) }
        let (unit, suffix): (Double, String) =
            largest >= 1e9 ? (1e9, "G") : largest >= 1e6 ? (1e6, "M") : largest >= 1e4 ? (1e3, "k") : (1, "")
        // As many decimals as the step needs.
        let decimals = Int((-log10(step / unit) - 1e-9).rounded(.up))
        return String(format: "%.\(max(0, min(decimals, 9)))f", value / unit) + suffix
    }

    /// A coordinate in a drawing.
    static func coordinate(_ value: Double) -> String {
        var text = String(format: "%.2f", value)
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return text == "-0" ? "0" : text
    }
}
