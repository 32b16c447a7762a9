public import TandemMath

/// Processes that train together, each on its share of every step.
///
/// All ranks make the same calls in the same order, with arenas of one size. A conformer's test: with every rank's arena
/// known, `sum` leaves on each the sums in rank order, the same bits everywhere; `broadcast` leaves the root's; nobody
/// returns from `barrier` before everybody has called it.
public protocol Collective: AnyObject {
    /// This process's number.
    var rank: Int { get }
    /// How many processes there are.
    var rankCount: Int { get }
    /// Replaces every number by its sum over the ranks, added in rank order.
    func sum(_ arena: FloatArena) throws
    /// The same for a few numbers in double precision: losses, counts.
    func sum(_ numbers: inout [Double]) throws
    /// Replaces the numbers by those of rank `root`.
    func broadcast(_ arena: FloatArena, from root: Int) throws
    /// Waits for everybody.
    func barrier() throws
    /// Says good-bye; nothing can be called afterwards.
    func finish() throws
}

/// One process on its own: every call is already done.
public final class SingleProcess: Collective {
    /// The only one.
    public let rank = 0
    /// Just this.
    public let rankCount = 1

    /// A process on its own.
    public init() {}

    /// The numbers are the sum.
    public func sum(_ arena: FloatArena) {}
    /// The numbers are the sum.
    public func sum(_ numbers: inout [Double]) {}
    /// The numbers are the root's.
    public func broadcast(_ arena: FloatArena, from root: Int) {
        precondition(root == 0, "There is no rank \(root) beside the only one.")
    }
    /// Everybody is here.
    public func barrier() {}
    /// Nobody to say good-bye to.
    public func finish() {}
}
