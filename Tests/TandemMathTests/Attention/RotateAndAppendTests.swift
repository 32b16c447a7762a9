import CTandemKernels
import Foundation
import TandemMath
import Testing

/// Rotation, biases and head norms on the way into the cache.
struct AttentionAppendTests {
    private static let frequencies = [1, 0.1, 0.01, 0.001]
    private static let width = 8

    private struct Result: Equatable {
        var queries: [UInt32]
        var pages: [[UInt8]]
    }

    /// Two query heads and one key/value head at positions from `start` on.
    private func append(
        count: Int, start: Int, preparation: QueryKeyPreparation = QueryKeyPreparation(), threads: Int = 1,
        pieces: Int? = nil
    ) -> (result: Result, queries: Matrix, pages: [KeyValuePage]) {
        let layout = KeyValueLayout(layerCount: 1, headCount: 1, headWidth: Self.width)
        let pages = (0..<(start + count + 127) / 128).map { _ in KeyValuePage(layout) }
        let rotary = RotaryTable(frequencies: Self.frequencies)
        rotary.prepare(positions: start + count)
        let (queries, keys, values) = Self.input(count)
        let spans = stride(from: 0, to: count, by: pieces ?? count).map { first in
            AttentionSpan(
                firstRow: first, rowCount: min(pieces ?? count, count - first), start: start + first, pages: pages)
        }
        Kernels.rotateAndAppend(
            AttentionPlan(spans: spans, layout: layout, headCount: 2), layer: 0, queries: queries, keys: keys,
            values: values, preparation: preparation, rotary: rotary, pool: ComputePool(threadCount: threads))
        return (Result(queries: queries.bits, pages: pages.map(\.bytes)), queries, pages)
    }

    private static func input(_ count: Int) -> (queries: Matrix, keys: Matrix, values: Matrix) {
        (
            random(rows: count, columns: 2 * width, seed: 1), random(rows: count, columns: width, seed: 2),
            random(rows: count, columns: width, seed: 3)
        )
    }

    private static var everything: QueryKeyPreparation {
        var preparation = QueryKeyPreparation()
        preparation.biases = (
            random(rows: 1, columns: 16, seed: 4), random(rows: 1, columns: 8, seed: 5),
            random(rows: 1, columns: 8, seed: 6)
        )
        preparation.norms = (random(rows: 1, columns: 8, seed: 7), random(rows: 1, columns: 8, seed: 8), 1e-6)
        return preparation
    }

    /// One head in double precision.
    private func turned(
        _ head: [Float], bias: [Float]?, norm: [Float]?, position: Int, scale: Double
    ) -> [Double] {
        var x = head.map(Double.init)
        if let bias { x = zip(x, bias).map { $0 + Double($1) } }
        if let norm {
            let factor = 1 / (x.reduce(0) { $0 + $1 * $1 } / Double(x.count) + 1e-6).squareRoot()
            x = zip(x, norm).map { $0 * factor * Double($1) }
        }
        let half = x.count / 2
        return x.indices.map { index in
            let angle = Double(position) * Self.frequencies[index % half]
            let other = index < half ? -x[index + half] : x[index - half]
            return (x[index] * cos(angle) + other * sin(angle)) * scale
        }
    }

    @Test(arguments: [false, true])
    func `queries and keys are turned as in double precision, and values kept`(hasEverything: Bool) {
        let preparation = hasEverything ? Self.everything : QueryKeyPreparation()
        let (start, count) = (120, 20)
        let (_, queries, pages) = append(count: count, start: start, preparation: preparation)
        let input = Self.input(count)
        let scale = 1 / Double(Self.width).squareRoot()
        for row in 0..<count {
            for head in 0..<2 {
                let part = head * 8..<(head + 1) * 8
                let expected = turned(
                    Array(input.queries.row(row)[part]), bias: preparation.biases.map { Array($0.query.row(0)[part]) },
                    norm: preparation.norms?.query.row(0), position: start + row, scale: scale)
                for (found, expected) in zip(queries.row(row)[part], expected) {
                    // A dozen roundings of numbers below ten.
                    #expect(abs(Double(found) - expected) < 12 * 10 * 0x1p-24)
                }
            }
            let bits = pages[(start + row) / 128].bits(position: (start + row) % 128)
            let numbers = bits.map { Double(Float(halfPrecisionBits: $0)) }
            let key = turned(
                input.keys.row(row), bias: preparation.biases?.key.row(0), norm: preparation.norms?.key.row(0),
                position: start + row, scale: 1)
            let value = turned(
                input.values.row(row), bias: preparation.biases?.value.row(0), norm: nil, position: 0, scale: 1)
            for (found, expected) in zip(numbers, key + value) {
                // The same, and half precision's 2⁻¹¹.
                #expect(abs(found - expected) < abs(expected) * 0x1p-11 + 12 * 10 * 0x1p-24)
            }
        }
    }

    @Test func `threads, pieces and instruction sets change no bit`() {
        let expected = append(count: 40, start: 110, preparation: Self.everything).result
        for pieces in [1, 7, 16, 40] {
            for threads in 1...2 {
                let found = append(
                    count: 40, start: 110, preparation: Self.everything, threads: threads, pieces: pieces)
                #expect(found.result == expected, "pieces of \(pieces), \(threads) threads")
            }
        }
        #expect(
            InstructionSets.disagreement { append(count: 40, start: 110, preparation: Self.everything).result } == [])
    }

    @Test func `floats become the nearest half, ties to even, on every instruction set`() {
        // Every half, its neighbours among the floats, and the points half-way to the next one.
        var numbers: [Float] = []
        for bits in stride(from: UInt16(0), through: 0x7c00, by: 1) {
            let half = Float(halfPrecisionBits: bits)
            numbers += [half, half.nextUp, half.nextDown]
            if bits < 0x7bff {
                let middle = (half + Float(halfPrecisionBits: bits + 1)) / 2
                numbers += [middle, -middle, middle.nextUp, middle.nextDown]
            }
        }
        numbers += [65_519.99, 65_520, -65_520, 1e30, .leastNonzeroMagnitude, -0.0, .nan]
        while numbers.count % 64 != 0 { numbers.append(0) }
        let expected = numbers.map(\.halfPrecisionBits)
        let one = [Float](repeating: 0, count: 64)
        for set in InstructionSets.available {
            InstructionSets.with(set) {
                var keys = [UInt16](repeating: 0, count: 64 * 128)
                var values = keys
                var found: [UInt16] = []
                for start in stride(from: 0, to: numbers.count, by: 64) {
                    tk_attention_append(&keys, &values, 3, 64, one, Array(numbers[start..<start + 64]))
                    found += values[3 * 64..<4 * 64]
                }
                let wrong = zip(found, expected).filter { $0 != $1 && ($0 & 0x7fff <= 0x7c00 || $1 & 0x7fff <= 0x7c00) }
                #expect(wrong.isEmpty, "instruction set \(set.rawValue): \(wrong.count) wrong")
            }
        }
    }

    @Test func `halves become the floats that they are, on every instruction set`() {
        let halves = (0..<65_536).map { UInt16($0) }
        let bytes = halves.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        for set in InstructionSets.available {
            InstructionSets.with(set) {
                var packed = [UInt8](repeating: 0, count: bytes.count)
                for group in 0..<4_096 {
                    bytes.withUnsafeBufferPointer { source in
                        packed.withUnsafeMutableBufferPointer { target in
                            guard let from = source.baseAddress, let to = target.baseAddress else { return }
                            tk_pack_group(TK_SOURCE_F16, from + group * 32, 2, 16, 1, to + group * 32)
                        }
                    }
                }
                var found = [Float](repeating: 0, count: 65_536)
                packed.withUnsafeBytes { data in
                    var weight = tk_weight(
                        data: data.baseAddress, rows: 65_536, columns: 1, group_bytes: 32, kind: TK_FLOAT16)
                    tk_product_float(&weight, [1], 1, 1, 0, 4_096, &found, 65_536, 0)
                }
                let wrong = halves.filter { half in
                    let expected = Float(halfPrecisionBits: half)
                    // -0 is added to the sum's 0.
                    return expected.isNaN
                        ? !found[Int(half)].isNaN : found[Int(half)].bitPattern != (expected + 0).bitPattern
                }
                #expect(wrong.isEmpty, "instruction set \(set.rawValue): \(wrong.count) wrong")
            }
        }
    }
}
