import TandemTraining
import Testing

@testable import TandemCLI

struct LookupTextTests {
    private func text(_ kind: AnswerKind) -> String {
        var evaluation = LookupEvaluation()
        evaluation.add(
            EvaluationDocument(tokens: [1, 2, 3, 4, 1, 2, 3, 4], marks: (0..<8).map { $0 >= 4 }), as: kind)
        return LookupText(evaluation.report).text
    }

    @Test func `a table has a line for each length of the match`() {
        let lines = text(.greedy).split(separator: "\n").map(String.init)
        #expect(lines.count == 9 && lines[0] == "greedy answers: 4 tokens of 1 document")
        let cells = lines.map { $0.split(separator: " ").joined(separator: " ") }
        #expect(cells[1] == "match of tokens stood expected")
        #expect(cells[2] == "2 25.0 % 100.0 % ████████████████ 57.0 %")
        #expect(cells[3] == "3 25.0 % 100.0 % ████████████████ 66.0 %")
        #expect(cells[4] == "4 0.0 % – –")
        #expect(cells[5].hasPrefix("5–8 ") && cells[7].hasPrefix("13 and more "))
        #expect(cells[8] == "any 50.0 % 100.0 % ████████████████ 61.5 %")
    }

    @Test func `what is not known is said`() {
        #expect(text(.unknown).contains("it is not stored whether"))
        #expect(text(.drawn).hasPrefix("drawn answers"))
    }
}
