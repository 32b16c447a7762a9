import TandemDecoding
import TandemMath
import TandemModels

/// The small models that a decoding thread drafts with: caches and scratch of each, made when it is first asked for.
public final class DraftModels {
    private let target: any Target
    private let pool: ComputePool
    private var tandems: [ObjectIdentifier: TandemDraftModel] = [:]
    private var independents: [ObjectIdentifier: IndependentDraftModel] = [:]

    init(target: any Target, pool: ComputePool) {
        self.target = target
        self.pool = pool
    }

    /// Drafting with a small model that reads the large one's states.
    public func tandem(_ model: SmallModel) -> TandemDraftModel {
        if let found = tandems[ObjectIdentifier(model)] { return found }
        // A model that was replaced is let go once no conversation drafts with it.
        tandems = tandems.filter { $0.value.openCount > 0 }
        let made = TandemDraftModel(model, contextLength: target.contextLength, pool: pool)
        tandems[ObjectIdentifier(model)] = made
        return made
    }

    /// Drafting with a model of its own kind.
    public func independent(_ model: Companions.IndependentModel) -> IndependentDraftModel {
        let key =
            switch model {
            case .model(let model): ObjectIdentifier(model)
            case .small(let model): ObjectIdentifier(model)
            }
        if let found = independents[key] { return found }
        independents = independents.filter { $0.value.openCount > 0 }
        let made =
            switch model {
            case .model(let model):
                IndependentDraftModel(model, contextLength: target.contextLength, pool: pool)
            case .small(let model):
                IndependentDraftModel(model, contextLength: target.contextLength, pool: pool)
            }
        independents[key] = made
        return made
    }

    // MARK: Costs

    /// Follows what passes cost, if some policy goes by it.
    private(set) var meter: CostMeter?
    private var learnt: (@Sendable (MachineCosts) -> Void)?

    /// Begins to follow what passes cost, of the large model and of the one that drafts, from what is known or from a
    /// measurement: each of them the first time only.
    ///
    /// - Parameters:
    ///   - model: The one that drafts; nil if drafting costs next to nothing.
    ///   - known: What is known.
    ///   - measured: Told if something had to be measured.
    ///   - learnt: Told what passes cost whenever ``tellCosts()`` is called from now on.
    ///   - makeDrafter: Makes a drafter for a conversation, to be measured.
    func followCosts(
        of model: (any DraftModel)?, known: MachineCosts?, measured: (MachineCosts) -> Void,
        learnt: @escaping @Sendable (MachineCosts) -> Void,
        drafter makeDrafter: () throws -> any Drafter
    ) throws {
        self.learnt = learnt
        var isMeasured = false
        func measuring<Value>(_ body: () throws -> Value) rethrows -> Value {
            isMeasured = true
            return try body()
        }
        let meter =
            try meter
            ?? CostMeter(
                read: known?.read ?? measuring { try CostModel.Curve(readingWith: target) })
        self.meter = meter
        if let model, meter.drafts(with: model) == nil {
            let drafts =
                try known?.drafts[model.source]
                ?? measuring {
                    try DraftCosts(measuring: makeDrafter, with: target, plainStep: meter.read(1))
                }
            meter.follow(model, from: drafts)
        }
        if isMeasured { measured(meter.all) }
    }

    /// Tells what passes were found to cost.
    func tellCosts() {
        if let meter, let learnt { learnt(meter.all) }
    }
}
