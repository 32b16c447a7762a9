import Foundation
import Testing

@testable import TandemText

@Suite struct CalendarMomentTests {
    /// Foundation's calendar knows the days of the week and of the year as well.
    @Test func `days agree with Foundation's calendar`() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
        let names = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
        for step in 0..<400 {
            let date = Date(timeIntervalSince1970: Double(step) * 86_400 * 97.3)
            let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second, .weekday], from: date)
            let moment = CalendarMoment(
                year: try #require(parts.year), month: try #require(parts.month), day: try #require(parts.day))
            let dayOfYear = try #require(calendar.ordinality(of: .day, in: .year, for: date))
            let digits = String(dayOfYear)
            #expect(
                moment.formatted("%A %j")
                    == "\(names[try #require(parts.weekday) - 1]) \(String(repeating: "0", count: 3 - digits.count))\(digits)"
            )
        }
    }

    @Test func `patterns that are not known stay`() {
        let moment = CalendarMoment(year: 2026, month: 3, day: 7, hour: 0, minute: 5, second: 9)
        #expect(moment.formatted("%-d.%-m.%Y %I:%M %p %Q %-Q 100% %") == "7.3.2026 12:05 AM %Q %-Q 100% %")
        #expect(moment.formatted("") == "")
    }

    @Test func `fields that no calendar has do not trap`() {
        let moment = CalendarMoment(year: .min, month: 99, day: .max, hour: -5, minute: .min, second: .max)
        #expect(!moment.formatted("%Y %y %m %d %e %j %H %I %M %S %p %B %b %A %a %F %T %D %R").isEmpty)
    }

    @Test func `the clock can be read`() {
        #expect(CalendarMoment.now().year > 2000)
    }
}
