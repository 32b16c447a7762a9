import Foundation

/// A date and a time of day, for templates that tell the model what day it is.
public struct CalendarMoment: Sendable, Equatable {
    /// The year, such as 2026.
    public var year: Int
    /// 1 to 12.
    public var month: Int
    /// 1 to 31.
    public var day: Int
    /// 0 to 23.
    public var hour: Int
    /// 0 to 59.
    public var minute: Int
    /// 0 to 60.
    public var second: Int

    /// A moment of the Gregorian calendar.
    public init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
    }

    /// Reads the clock, in the local time zone.
    public static func now() -> CalendarMoment {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .current
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: Date())
        return CalendarMoment(
            year: parts.year ?? 1970, month: parts.month ?? 1, day: parts.day ?? 1, hour: parts.hour ?? 0,
            minute: parts.minute ?? 0, second: parts.second ?? 0)
    }

    private static let monthNames = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    private static let dayNames = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    /// 0 for Sunday, by Sakamoto's method.
    private var weekday: Int {
        let offsets = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4]
        let shifted = month < 3 ? year &- 1 : year
        let sum = shifted &+ shifted / 4 &- shifted / 100 &+ shifted / 400 &+ offsets[min(max(month, 1), 12) - 1] &+ day
        return ((sum % 7) + 7) % 7
    }

    private var dayOfYear: Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return lengths.prefix(max(0, month &- 1)).reduce(day, &+)
    }

    /// The moment by a pattern of C's `strftime`, in English.
    ///
    /// Knows `%Y %y %m %d %e %j %H %I %M %S %p %B %b %h %A %a %F %T %D %R %n %t %%` and GNU's `-` for "without
    /// padding"; anything else stays as it is written.
    public func formatted(_ pattern: String) -> String {
        var result = ""
        var rest = Substring(pattern)
        while let character = rest.popFirst() {
            guard character == "%" else {
                result.append(character)
                continue
            }
            var directive = rest.popFirst()
            let isBare = directive == "-"
            if isBare { directive = rest.popFirst() }
            guard let directive, let text = field(directive, padding: isBare ? nil : "0") else {
                result += isBare ? "%-" : "%"
                if let directive { result.append(directive) }
                continue
            }
            result += text
        }
        return result
    }

    private func field(_ directive: Character, padding: Character?) -> String? {
        func number(_ value: Int, _ width: Int, _ filler: Character? = nil) -> String {
            let digits = String(value)
            guard padding != nil else { return digits }
            return String(repeating: filler ?? "0", count: max(0, width - digits.count)) + digits
        }
        let monthName = Self.monthNames[min(max(month, 1), 12) - 1]
        let dayName = Self.dayNames[weekday]
        let halfDayHour = hour % 12 == 0 ? 12 : hour % 12
        switch directive {
        case "Y": return String(year)
        case "y": return number(((year % 100) + 100) % 100, 2)
        case "m": return number(month, 2)
        case "d": return number(day, 2)
        case "e": return number(day, 2, " ")
        case "j": return number(dayOfYear, 3)
        case "H": return number(hour, 2)
        case "I": return number(halfDayHour, 2)
        case "M": return number(minute, 2)
        case "S": return number(second, 2)
        case "p": return hour < 12 ? "AM" : "PM"
        case "B": return monthName
        case "b", "h": return String(monthName.prefix(3))
        case "A": return dayName
        case "a": return String(dayName.prefix(3))
        case "F": return "\(year)-\(number(month, 2))-\(number(day, 2))"
        case "T": return "\(number(hour, 2)):\(number(minute, 2)):\(number(second, 2))"
        case "D": return "\(number(month, 2))/\(number(day, 2))/\(number(year % 100, 2))"
        case "R": return "\(number(hour, 2)):\(number(minute, 2))"
        case "n": return "\n"
        case "t": return "\t"
        case "%": return "%"
        default: return nil
        }
    }
}
