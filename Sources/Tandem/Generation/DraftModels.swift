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

    /// Follows what passes cost, if some policy goes by it.
    private(set) var meter: CostMeter?

    /// Begins to follow what passes cost, from what is known or from a measurement; the first time only.
    func followCosts(
        draftsFrom source: DraftSource, known: CostModel?, measured: (CostModel) -> Void,
        drafter makeDrafter: @escaping () throws -> any Drafter
    ) throws {
        guard meter == nil else { return }
        let costs = try known ?? CostModel(measuring: target, drafter: makeDrafter)
        if known == nil { measured(costs) }
        meter = CostMeter(costs, draftsFrom: source)
    }
}
