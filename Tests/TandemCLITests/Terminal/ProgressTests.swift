import Synchronization
import Testing

@testable import TandemCLI

/// What people see while they wait.
struct ProgressTests {
    let line = ProgressLine(
        label: "model.gguf", amount: 61_000_000, total: 98_400_000, rate: 12_000_000, quantity: .bytes)

    @Test func `a line has everything when there is room`() {
        #expect(line.text(width: 100, hasColours: false).hasPrefix("model.gguf ━━━━━━━━"))
        let text = line.text(width: 100, hasColours: false)
        #expect(text.hasSuffix("╌   61 %  61.0 MB of 98.4 MB  12.0 MB/s  4 s left"))
        #expect(line.plainText == "model.gguf   61 %  61.0 MB of 98.4 MB  12.0 MB/s  4 s left")
    }

    @Test(arguments: [1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 100, 200])
    func `a line is never wider than its terminal`(width: Int) {
        for hasTotal in [true, false] {
            var line = line
            if !hasTotal { line.total = nil }
            let text = line.text(width: max(width, 10), hasColours: false)
            #expect(text.count <= max(width, 10), "\(text)")
        }
    }

    @Test func `colours take no room and are only there when wanted`() {
        let plain = line.text(width: 90, hasColours: false)
        let coloured = line.text(width: 90, hasColours: true)
        #expect(!plain.contains("\u{1B}"))
        let stripped = coloured.replacing(/\u{1B}\[\d+m/, with: "")
        #expect(stripped.count == plain.count)
    }

    @Test func `amounts are written for people`() {
        #expect(Quantity.bytes.text(0) == "0 B")
        #expect(Quantity.bytes.text(999) == "999 B")
        #expect(Quantity.bytes.text(999_950) == "1.0 MB")
        #expect(Quantity.bytes.text(1500) == "1.5 kB")
        #expect(Quantity.bytes.text(98_362_432) == "98.4 MB")
        #expect(Quantity.bytes.rate(123_400_000) == "123 MB/s")
        #expect(Quantity.counted("tokens").text(1200) == "1.2K tokens")
        #expect(Quantity.counted("tokens").text(12) == "12 tokens")
        #expect(Quantity.bytes.text(.nan) == "0 B")
        #expect(Quantity.time(.milliseconds(500)) == "0.5 s")
        #expect(Quantity.time(.seconds(59)) == "59 s")
        #expect(Quantity.time(.seconds(125)) == "2:05")
        #expect(Quantity.time(.seconds(3723)) == "1:02:03")
    }

    @Test func `the rate is that of the last seconds, not of all time`() {
        var meter = RateMeter()
        #expect(meter.perSecond == nil)
        for second in 0...10 { meter.note(Double(second) * 100, at: .seconds(second)) }
        #expect(meter.perSecond == 100)
        for second in 11...20 { meter.note(1000 + Double(second - 10) * 10, at: .seconds(second)) }
        #expect(meter.perSecond == 10)
        meter.note(0, at: .seconds(21))
        #expect(meter.perSecond == nil)
    }

    final class Screen: Sendable {
        let written = Mutex("")
        let time = Mutex(Duration.zero)

        func bar(isInteractive: Bool, isQuiet: Bool = false) -> ProgressBar {
            ProgressBar(
                quantity: .counted("tokens"), isQuiet: isQuiet,
                terminal: { Terminal(isInteractive: isInteractive, hasColours: false, width: 80) },
                now: { self.time.withLock { $0 } }, write: { text in self.written.withLock { $0 += text } })
        }

        func train(_ bar: ProgressBar) {
            bar.begin("training", total: 1000)
            for step in 1...100 {
                time.withLock { $0 += .milliseconds(200) }
                bar.advance(to: Double(step) * 10)
            }
            bar.finish()
        }

        var text: String { written.withLock { $0 } }
    }

    @Test func `on a terminal one line is drawn over`() {
        let screen = Screen()
        screen.train(screen.bar(isInteractive: true))
        #expect(screen.text.contains("100 %  1.0K tokens of 1.0K tokens  50 tokens/s\u{1B}[K\n"))
    }

    @Test func `elsewhere there is a line every few seconds`() {
        let screen = Screen()
        screen.train(screen.bar(isInteractive: false))
        let lines = screen.text.split(separator: "\n")
        #expect((4...6).contains(lines.count), "\(lines)")
        #expect(!screen.text.contains("\r") && !screen.text.contains("\u{1B}"))
        #expect(lines.last?.contains("100 %") == true)
    }

    @Test func `quiet is quiet`() {
        let screen = Screen()
        let bar = screen.bar(isInteractive: true, isQuiet: true)
        screen.train(bar)
        bar.say("hello")
        #expect(screen.text == "")
    }
}
