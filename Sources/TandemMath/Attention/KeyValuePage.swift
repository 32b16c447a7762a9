internal import CTandemKernels

/// How a key/value cache is laid out: pages of ``pageLength`` positions that hold all layers.
public struct KeyValueLayout: Sendable, Equatable, BitwiseCopyable {
    /// Layers.
    public let layerCount: Int
    /// Key/value heads in a layer.
    public let headCount: Int
    /// Channels of a head.
    public let headWidth: Int
    /// Positions in a page. Attention is summed page by page, so this is part of what makes results equal.
    public static var pageLength: Int { Int(TK_PAGE_ROWS) }

    /// Describes a cache.
    public init(layerCount: Int, headCount: Int, headWidth: Int) {
        precondition(layerCount > 0 && headCount > 0 && headWidth > 0, "A cache has layers, heads and channels.")
        self.layerCount = layerCount
        self.headCount = headCount
        self.headWidth = headWidth
    }

    /// Bytes of a page: two half-precision numbers for each position, layer, head and channel.
    public var pageByteCount: Int { layerCount * headCount * headWidth * Self.pageLength * 4 }

    /// Bytes that `count` positions need, in whole pages.
    public func byteCount(positions count: Int) -> Int {
        (count + Self.pageLength - 1) / Self.pageLength * pageByteCount
    }
}

/// Keys and values of ``KeyValueLayout/pageLength`` positions that follow each other.
///
/// A page is shared by the caches that were forked after it was full; a cache copies a page before it writes into one
/// that others hold.
public final class KeyValuePage: @unchecked Sendable {
    // Unchecked, because whoever writes owns the page alone, and layers write different parts.
    let layout: KeyValueLayout
    private let storage: AlignedStorage

    /// An empty page.
    public init(_ layout: KeyValueLayout) {
        self.layout = layout
        storage = AlignedStorage(byteCount: layout.pageByteCount)
    }

    /// A copy.
    public func copy() -> KeyValuePage {
        let page = KeyValuePage(layout)
        page.storage.base.copyMemory(from: storage.base, byteCount: layout.pageByteCount)
        return page
    }

    /// All bytes: for tests of equality.
    public var bytes: [UInt8] { [UInt8](UnsafeRawBufferPointer(start: storage.base, count: layout.pageByteCount)) }

    /// Where its keys and values begin, for kernels.
    var base: UnsafeMutablePointer<UInt16> { storage.base.assumingMemoryBound(to: UInt16.self) }

    func keys(layer: Int, head: Int) -> UnsafeMutablePointer<UInt16> {
        base + layout.offset(layer: layer, head: head)
    }

    func values(layer: Int, head: Int) -> UnsafeMutablePointer<UInt16> {
        keys(layer: layer, head: head) + layout.headWidth * KeyValueLayout.pageLength
    }
}

extension KeyValueLayout {
    /// Where the keys of a layer and head begin in a page, in numbers; their values follow them.
    func offset(layer: Int, head: Int) -> Int {
        (layer * headCount + head) * 2 * headWidth * Self.pageLength
    }

    /// What the kernels take of a page that begins at `base`.
    func descriptor(of base: UnsafeMutablePointer<UInt16>, layer: Int, head: Int) -> tk_key_value_page {
        let keys = UnsafePointer(base + offset(layer: layer, head: head))
        return tk_key_value_page(keys: keys, values: keys + headWidth * Self.pageLength, width: headWidth)
    }
}
