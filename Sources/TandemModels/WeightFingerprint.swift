import TandemMath

/// Tells models apart by their weights, quickly enough for every start.
///
/// SHA-256 of path, format and shape of every weight, and of its bytes: all of them up to 4 KiB, else sixteen runs of 256,
/// evenly spread from the first byte to the last. Another training, another quantisation or another conversion changes
/// every large weight nearly everywhere, so a sample of a few thousand bytes in each tells as well as all of them, in
/// milliseconds; a change of single numbers, made on purpose, may escape it. A hash over every byte of the files is
/// `ModelCheckpoint.contentHash()`.
struct WeightFingerprint {
    private var hash = SHA256()

    /// Takes the weight at `path`; the order of calls counts.
    mutating func add(_ path: ParameterPath, _ tensor: TensorData) {
        hash.update(Array("\(path) \(tensor.format.rawValue) \(tensor.shape)\n".utf8))
        let (runs, length) = (16, 256)
        guard tensor.bytes.count > runs * length else { return hash.update(tensor.bytes) }
        for run in 0..<runs {
            let start = (tensor.bytes.count - length) * run / (runs - 1)
            if let part = tensor.bytes.slice(at: start, count: length) { hash.update(part) }
        }
    }

    /// The fingerprint of what was added: 64 hexadecimal digits.
    var text: String { hash.hexadecimal() }
}
