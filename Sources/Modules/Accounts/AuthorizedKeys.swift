/// A line of an authorized_keys file (sshd(8)): a key with its options, or anything else.
struct AuthorizedKey: Hashable {
  /// In their order; empty for none.
  var options: String
  var type: String
  /// Base64.
  var blob: String
  var comment: String

  private static let types: Set<String> = [
    "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-dss",
    "ssh-rsa", "ssh-xmss@openssh.com", "ssh-rsa-cert-v01@openssh.com",
    "ssh-ed25519-cert-v01@openssh.com", "ecdsa-sha2-nistp256-cert-v01@openssh.com",
    "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
  ]

  /// nil where the line is no key: empty, a comment, something else.
  init?(_ line: String) {
    let bare = line.trimmed
    guard !bare.isEmpty, !bare.hasPrefix("#") else { return nil }
    let words = AuthorizedKey.words(bare)
    guard let index = words.firstIndex(where: { AuthorizedKey.types.contains($0) }), index < 2,
      index + 1 < words.count
    else { return nil }
    options = index == 1 ? words[0] : ""
    type = words[index]
    blob = words[index + 1]
    comment = words.dropFirst(index + 2).joined(separator: " ")
  }

  /// Words between blanks, of which those in double quotes belong to a word.
  private static func words(_ line: Substring) -> [String] {
    var words: [String] = []
    var word = ""
    var isQuoted = false
    var before: Character = " "
    for character in line {
      if character == "\"", before != "\\" { isQuoted.toggle() }
      if character.isWhitespace, !isQuoted {
        if !word.isEmpty { words.append(word) }
        word = ""
      } else {
        word.append(character)
      }
      before = character
    }
    return word.isEmpty ? words : words + [word]
  }

  var line: String {
    [options, type, blob, comment].filter { !$0.isEmpty }.joined(separator: " ")
  }
}
