import Foundation

/// A tiny model with another chat template, in a folder of its own.
struct TemplateCopy {
    /// The model's folder.
    let path = FileManager.default.temporaryDirectory.appending(path: "template-\(UUID().uuidString)").path

    /// - Parameter template: What the copy brings; nil for none.
    init(template: String?) throws {
        try FileManager.default.copyItem(atPath: Program.fixture("qwen3-bf16-hf"), toPath: path)
        let file = URL(fileURLWithPath: path + "/tokenizer_config.json")
        var configuration = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any] ?? [:]
        configuration["chat_template"] = template
        try JSONSerialization.data(withJSONObject: configuration).write(to: file)
    }

    /// Removes it.
    func remove() { try? FileManager.default.removeItem(atPath: path) }
}
