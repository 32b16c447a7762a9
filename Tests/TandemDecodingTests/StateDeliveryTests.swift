import TandemDecoding
import TandemMath
import TandemTestSupport
import Testing

/// Checks that the states it is given are those of the conversation's tokens, one after the other, and guesses at random.
final class StateKeeper: Drafter {
    let capturedStates: Set<Int>
    private(set) var tokens: [Int] = []
    private(set) var stateCount = 0
    private var random = RandomDrafter(vocabularyCount: 24)

    init(_ states: Set<Int>) { capturedStates = states }

    func resume(_ earlier: any Drafter, count: Int, isShared: Bool) -> Int {
        guard let earlier = earlier as? StateKeeper else { return 0 }
        stateCount = min(count, earlier.stateCount)
        return stateCount
    }

    func confirm(_ tokens: [Int]) { self.tokens += tokens }

    func absorb(_ states: StateRows) {
        #expect(states.position == stateCount)
        for (place, row) in states.rows.enumerated() {
            // A token that ended the answer is not confirmed before its states come.
            let token = stateCount + place < tokens.count ? Float(tokens[stateCount + place]) : nil
            for state in capturedStates {
                let given = states.hiddenStates[state]?.row(row)
                #expect(given == [token ?? given?[0] ?? -1, Float(stateCount + place), Float(state)])
            }
        }
        stateCount += states.rows.count
    }

    func draft(_ request: DraftRequest) -> Proposal {
        // Everything but the last token was read.
        #expect(capturedStates.isEmpty || stateCount == tokens.count - 1)
        return random.draft(request)
    }
}

@Test(arguments: [3, 17, 512])
func `every token's states reach the drafter once, in order, and guesses that fell do not`(rowLimit: Int) throws {
    let target = ScriptedTarget()
    var conversations: [Conversation] = []
    var keepers: [StateKeeper] = []
    for index in 0..<6 {
        let keeper = StateKeeper([[0], [1, 2], []][index % 3])
        keepers.append(keeper)
        let request = Request(
            prompt: (0...(4 + 9 * index)).map { ($0 + index) % 24 }, sampling: Sampling.kinds[index % 5],
            seed: UInt64(index), stop: StopCondition.kinds[index % 5])
        conversations.append(
            try request.conversation(target, Speculation(drafter: keeper, blockLength: FixedLength(index % 4))))
    }
    _ = try run(conversations, target, rowLimit: rowLimit)
    for keeper in keepers where !keeper.capturedStates.isEmpty {
        #expect(keeper.stateCount >= keeper.tokens.count - 2 && keeper.stateCount > 4)
    }
}
