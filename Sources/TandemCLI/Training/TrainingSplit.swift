import TandemTraining

/// Which documents are learnt, and which measured.
struct TrainingSplit {
    /// Documents of the data that are learnt.
    let documents: Range<Int>
    /// Where held-out documents are.
    let heldOutData: TrainingData
    /// Which of them; nil if nothing is measured.
    let heldOutDocuments: Range<Int>?

    /// Text of its own is measured as a whole; otherwise the last documents of the data are held out, at least one.
    init(_ data: TrainingData, settings: TrainingOptions) throws {
        guard settings.valid.isEmpty else {
            documents = 0..<data.documentCount
            heldOutData = try TrainingData(paths: settings.valid)
            heldOutDocuments = 0..<heldOutData.documentCount
            return
        }
        heldOutData = data
        guard settings.heldOut > 0, data.documentCount > 1 else {
            documents = 0..<data.documentCount
            heldOutDocuments = nil
            return
        }
        let count = max(1, Int(settings.heldOut * Double(data.documentCount)))
        documents = 0..<data.documentCount - count
        heldOutDocuments = data.documentCount - count..<data.documentCount
    }
}
