import Diagnostics
import Schema
import YAML

extension LoadSession {
  private static let promptWords: Set<String> = [
    "name", "prompt", "default", "private", "confirm", "encrypt", "salt", "salt_size", "unsafe",
  ]

  /// Passlib's names, as Ansible takes them, and those of the filter `password_hash`.
  private static let hashes: [String: String] = [
    "sha512_crypt": "sha512", "sha256_crypt": "sha256", "md5_crypt": "md5", "bcrypt": "bcrypt",
    "sha512": "sha512", "sha256": "sha256", "md5": "md5",
  ]

  /// `vars_prompt`: a list of variables to ask for.
  func prompts(_ play: Entry, path: String) -> [VarsPrompt] {
    guard let node = play["vars_prompt"], !node.isNull else { return [] }
    guard node.kind == .sequence else {
      report(
        "wrong-type", "`vars_prompt` is a list of variables to ask for, found \(found(node))",
        at: node.span, path: path)
      return []
    }
    return node.elements.compactMap { prompt($0, path: "\(path).vars_prompt") }
  }

  private func prompt(_ node: Node, path: String) -> VarsPrompt? {
    guard let entry = entry(node, title: "variable to ask for", path: path) else { return nil }
    checkWords(entry, title: "`vars_prompt`", known: Self.promptWords, path: path)
    guard let nameNode = entry["name"], let name = plainText(nameNode, keyword: "name") else {
      report("missing-parameter", "this prompt names no variable", at: node.span, path: path)
      return nil
    }
    guard isIdentifier(name) else {
      report(
        "variable-name", "`\(name)` cannot be the name of a variable", at: nameNode.span,
        help: "use letters, digits and `_`, a letter first", path: path)
      return nil
    }
    var prompt = VarsPrompt(
      name: name, question: plain(entry, "prompt") ?? name, span: nameNode.span)
    prompt.fallback = plain(entry, "default")
    prompt.isPrivate = flag(entry, "private") ?? true
    prompt.isConfirmed = flag(entry, "confirm") ?? false
    prompt.isUnsafe = flag(entry, "unsafe") ?? false
    prompt.salt = plain(entry, "salt")
    let size: Setting<Int>? = setting(entry, "salt_size")
    prompt.saltSize = size?.literal
    if let node = entry["encrypt"], let word = plainText(node, keyword: "encrypt") {
      prompt.hash = Self.hashes[word]
      if prompt.hash == nil {
        let near = suggestion(for: word, among: Self.hashes.keys.sorted())
        report(
          "argument-choice", "`encrypt` cannot be `\(word)`", at: node.span,
          underline: near.map { "did you mean `\($0)`?" },
          help: "sha512_crypt, sha256_crypt, md5_crypt and bcrypt are supported", path: path)
      }
    }
    return prompt
  }

  private func plain(_ entry: Entry, _ word: String) -> String? {
    guard let node = entry[word], !node.isNull else { return nil }
    return plainText(node, keyword: word)
  }

  private func flag(_ entry: Entry, _ word: String) -> Bool? {
    let setting: Setting<Bool>? = setting(entry, word)
    return setting?.literal
  }
}
