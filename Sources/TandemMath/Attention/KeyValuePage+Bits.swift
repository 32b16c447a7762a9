extension KeyValuePage {
    /// Keys and values of one position in every layer and head, as half-precision bits: what tests of equality compare.
    public func bits(position: Int) -> [UInt16] {
        precondition(position >= 0 && position < KeyValueLayout.pageLength, "A page has no position \(position).")
        let width = layout.headWidth
        var bits: [UInt16] = []
        bits.reserveCapacity(layout.layerCount * layout.headCount * width * 2)
        for layer in 0..<layout.layerCount {
            for head in 0..<layout.headCount {
                // Keys stand in tiles of sixteen positions, channel by channel.
                let keys = keys(layer: layer, head: head) + position / 16 * width * 16 + position % 16
                for channel in 0..<width { bits.append(keys[channel * 16]) }
                let values = values(layer: layer, head: head) + position * width
                bits.append(contentsOf: UnsafeBufferPointer(start: values, count: width))
            }
        }
        return bits
    }
}
