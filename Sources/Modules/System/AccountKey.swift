import Diagnostics
import ModuleKit
import Schema

/// The SSH key that an account is to have: made where there is none of that name, never made again.
struct AccountKey: Sendable {
  private let type: KeyType
  private let bits: Int?
  private let file: String
  private let comment: String?

  init(_ arguments: Arguments) throws(Diagnostic) {
    type = try arguments[UserModule.keyType]
    bits = try arguments[UserModule.keyBits]
    comment = try arguments[UserModule.keyComment]
    file = try arguments[UserModule.keyFile] ?? ".ssh/id_\(type.rawValue)"
    if let bits, bits <= 0 {
      throw Diagnostic(
        .error, "argument-range", "`ssh_key_bits` must be more than 0, not \(bits)",
        at: arguments.span(of: UserModule.keyBits.manual))
    }
  }

  func path(below home: String) -> String { file.hasPrefix("/") ? file : "\(home)/\(file)" }

  func changes(
    for user: String, home: String, _ facts: FactView
  ) throws(Obstacle) -> [Change] {
    let path = path(below: home)
    guard try facts.fact(FileFact.self, path) == nil else { return [] }
    let length = bits.map { ["-b", String($0)] } ?? []
    let named: Script =
      comment.map { "\($0)" } ?? "\"ansible-generated on $(cat /proc/sys/kernel/hostname)\""
    let step = Step(
      "make an SSH key of \(user)",
      """
      key=\(path)
      folder=${key%/*}
      if [ ! -d "$folder" ]; then
        mkdir -m 0700 -- "$folder" && chown -- \(user + ":") "$folder" || exit
      fi
      ssh-keygen -q -t \(type.rawValue) \(words: length) -C \(named) -N '' -f "$key" </dev/null || exit
      chown -- \(user + ":") "$key" "$key.pub" && chmod 0644 "$key.pub"
      """, footprint: Footprint([.path(path), .path(path + ".pub"), .tree(home + "/.ssh")]))
    return [
      Change(
        user, "ssh key", .create, from: .absent, to: .text(path), steps: [step],
        predicts: [Prediction(FileFact.self, path, .unknown(.init("the key of \(user)")))])
    ]
  }
}

/// A kind of key that ssh-keygen(1) makes.
enum KeyType: String, ParameterChoice { case rsa, dsa, ecdsa, ed25519 }
