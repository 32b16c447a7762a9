public import TandemCheckpoint
public import TandemDecoding
public import TandemMath
public import TandemModels

/// What stands beside a large model to speed it up.
///
///     engine.companions.tandem = small                          // a small model as a value
///     engine.companions = try Companions(bundle, for: engine.model)
public struct Companions: Sendable {
    /// The small model that reads the large one's states.
    public var tandem: SmallModel? { didSet { costs?.drafts[.tandem] = nil } }
    /// How often its guesses stood when that was measured, by the probability that it gave them; nil if it never was.
    public var acceptance: MeasuredAcceptance?
    /// Judges its guesses.
    public var router: RouterNetwork?
    /// How often guesses stood by what the router said; nil if that was never measured.
    public var routerAcceptance: MeasuredAcceptance?
    /// Judges texts by the large model's states.
    public var judge: JudgeHead?
    /// An ordinary small model with the same vocabulary: a large model of another kind, or a small one without memory.
    public var independent: IndependentModel? { didSet { costs?.drafts[.independent] = nil } }
    /// What passes cost on this machine. What is not known is measured when it is first needed; every answer that goes by
    /// costs teaches more of them.
    public var costs: MachineCosts?
    /// Told what passes cost as soon as it was measured, on the decoding thread, so that it can be kept for the next time.
    public var keepCosts: (@Sendable (MachineCosts) -> Void)?

    /// A model that drafts without states.
    public enum IndependentModel: Sendable {
        /// Any model with the same vocabulary.
        case model(LargeModel)
        /// A small model that was trained without memory.
        case small(SmallModel)
    }

    /// Nothing.
    public init() {}

    /// What a bundle holds.
    ///
    /// - Throws: `CheckpointError` if the bundle belongs to another large model; ``EngineError`` if its parts do not fit.
    public init(_ bundle: TandemBundle, for large: LargeModel, pool: ComputePool = ComputePool())
        throws
    {
        let small = try bundle.smallModel(for: large, form: .packed(bundle.storage.format), pool: pool)
        if small.configuration.memory == .none { independent = .small(small) } else { tandem = small }
        let router = try bundle.extras("router.")
        if !router.isEmpty {
            self.router = try RouterNetwork(named: router, of: small, file: bundle.path)
        }
        let judge = try bundle.extras("judge.")
        if !judge.isEmpty { self.judge = try JudgeHead(named: judge, of: large, file: bundle.path) }
        // How sure a guess is, a router says otherwise than the small model itself: each has a table of its own.
        acceptance = try bundle.acceptance(PolicyCalibration.acceptance)
        if self.router != nil { routerAcceptance = try bundle.acceptance(PolicyCalibration.routerAcceptance) }
        FreedMemory.giveBack()
    }

    /// How sure the tandem's guesses are said to be where lengths go by costs: by the router if that was measured to be worth it
    /// at this temperature, else by the probability that the small model gives a guess anyway.
    func confidence(temperature: Float) -> (acceptance: AcceptanceTable?, router: RouterNetwork?) {
        guard let acceptance else { return (routerAcceptance?.table(temperature: temperature), router) }
        if let router, let routerAcceptance,
            routerAcceptance.isWorthItsNetwork(over: acceptance, temperature: temperature)
        {
            return (routerAcceptance.table(temperature: temperature), router)
        }
        return (acceptance.table(temperature: temperature), nil)
    }
}
