import Foundation
import TandemBenchmark

/// Takes all measurements repetition by repetition, both engines one after the other for each.
///
///     warm-up         each measurement by Tandem, by llama.cpp with flash attention and without: the better one stays
///     repetition 1    decode: T L    prefill: T L    …
///     repetition 2    decode: L T    prefill: L T    …
///
/// A reading beside which others used more than 5 % of a core is taken again, a few times at most; the quietest counts.
struct TakingTurns {
    let measurements: [Measurement]
    /// llama.cpp with flash attention, and without.
    let peers: [LlamaPeers]
    let meter: LoadMeter
    let repetitions: Int
    /// How often a disturbed reading is taken again.
    let retries = 2
    /// Says what is going on.
    let progress: (String) -> Void

    func run() throws -> Readings {
        var readings = Readings()
        let chosen = try warmUp()
        for measurement in measurements where measurement.llama != nil {
            readings.flashAttention[measurement.identifier] = chosen[measurement.group]?.flashAttention
        }
        for repetition in 0..<repetitions {
            progress("repetition \(repetition + 1) of \(repetitions)")
            for measurement in measurements {
                let tandem = {
                    readings.tandem[measurement.identifier, default: []].append(try quiet(measurement.tandem))
                }
                let llama = {
                    guard let body = measurement.llama, let peers = chosen[measurement.group] else { return }
                    readings.llama[measurement.identifier, default: []].append(try quiet { try body(peers) })
                }
                for arm in repetition % 2 == 0 ? [tandem, llama] : [llama, tandem] { try arm() }
            }
        }
        return readings
    }

    /// Does everything once, and returns for each group of measurements the setting with which llama.cpp is faster.
    private func warmUp() throws -> [String: LlamaPeers] {
        var times: [String: [Double]] = [:]
        progress("warming up, llama.cpp with and without flash attention")
        for measurement in measurements {
            _ = try measurement.tandem()
            guard let body = measurement.llama else { continue }
            for (index, peer) in peers.enumerated() {
                let value = try body(peer)
                let time = measurement.isRate ? 1 / value : value
                times[measurement.group, default: Array(repeating: 0, count: peers.count)][index] += time
            }
        }
        return times.compactMapValues { times in
            times.indices.min { times[$0] < times[$1] }.map { peers[$0] }
        }
    }

    private func quiet(_ body: () throws -> Double) throws -> Reading {
        var best = try meter.measuring(body)
        // What takes long beside others would take as long again; it stays, and is marked.
        var left = best.seconds < 10 ? retries : 0
        while !best.isQuiet, left > 0 {
            let reading = try meter.measuring(body)
            if reading.othersCores ?? 0 < best.othersCores ?? 0 { best = reading }
            left -= 1
        }
        return best
    }
}
