import TandemDecoding

/// A request's way of drafting with the models that it needs, checked before the answer begins.
struct DraftingPlan: Sendable {
    private let drafting: GenerationRequest.Drafting
    private let temperature: Float
    private let companions: Companions
    private let measured: @Sendable (MachineCosts) -> Void
    private let learnt: @Sendable (MachineCosts) -> Void

    /// - Parameters:
    ///   - drafting: How to draft.
    ///   - temperature: What answers are drawn at, 0 for greedy ones: guesses stand less often the higher it is.
    ///   - companions: The models.
    ///   - measured: Told what passes cost, if something had to be measured.
    ///   - learnt: Told what passes cost after each answer.
    /// - Throws: ``EngineError/noCompanion(_:)``.
    init(
        _ drafting: GenerationRequest.Drafting, temperature: Float, with companions: Companions,
        measured: @escaping @Sendable (MachineCosts) -> Void,
        learnt: @escaping @Sendable (MachineCosts) -> Void
    ) throws {
        let drafting = drafting.resolved(with: companions)
        switch drafting.drafter {
        case .none, .lookup, .automatic: break
        case .tandem, .lookupThenTandem:
            guard companions.tandem != nil else { throw EngineError.noCompanion(.tandem) }
        case .independent:
            guard companions.independent != nil else { throw EngineError.noCompanion(.independent) }
        }
        if case .router = drafting.length, companions.router == nil {
            throw EngineError.noCompanion(.router)
        }
        if case .judge = drafting.rule, companions.judge == nil {
            throw EngineError.noCompanion(.judge)
        }
        self.drafting = drafting
        self.temperature = temperature
        self.companions = companions
        self.measured = measured
        self.learnt = learnt
    }

    /// The loop's terms. On the decoding thread.
    func speculation(_ models: DraftModels) throws -> Speculation {
        guard drafting.drafter != .none else { return .none }
        let drafter = try drafter(models)
        if case .costAware = drafting.length {
            try models.followCosts(
                of: drafter.draftModel, known: companions.costs, measured: measured, learnt: learnt
            ) { try self.drafter(models) }
        }
        return Speculation(drafter: drafter, blockLength: try blockLength(), rule: try rule())
    }

    private func drafter(_ models: DraftModels) throws -> any Drafter {
        func tandem() throws -> TandemDrafter {
            guard let small = companions.tandem else { throw EngineError.noCompanion(.tandem) }
            return TandemDrafter(models.tandem(small))
        }
        switch drafting.drafter {
        case .none, .automatic: return NoDrafter()
        case .lookup: return LookupDrafter()
        case .tandem: return try tandem()
        case .lookupThenTandem: return ChainDrafter(LookupDrafter(), try tandem())
        case .independent:
            guard let model = companions.independent else { throw EngineError.noCompanion(.independent) }
            return IndependentDrafter(models.independent(model))
        }
    }

    func blockLength() throws -> any BlockLengthPolicy {
        switch drafting.length {
        case .fixed(let count): return FixedLength(max(0, count))
        case .costAware(let maximum):
            // What was measured of the tandem, and a network that knows its guesses, say nothing of another model's.
            let (acceptance, router) =
                drafting.drafter == .independent ? (nil, nil) : companions.confidence(temperature: temperature)
            return CostAware(maximum: max(0, maximum), acceptance: acceptance, router: router)
        case .router(let threshold, let maximum):
            guard let router = companions.router else { throw EngineError.noCompanion(.router) }
            return Router(router, threshold: threshold, maximum: max(0, maximum))
        }
    }

    private func rule() throws -> any VerificationRule {
        switch drafting.rule {
        case .exact: return ExactMatch()
        case .rejection: return RejectionSampling()
        case .acceptAll(let freeToken): return AcceptAll(takesFreeToken: freeToken)
        case .fuzzy(let rule): return rule
        case .judge(let threshold):
            guard let judge = companions.judge else { throw EngineError.noCompanion(.judge) }
            return Judge(judge, threshold: threshold)
        }
    }
}
