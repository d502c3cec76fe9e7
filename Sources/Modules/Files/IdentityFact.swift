import ModuleKit
import Schema

/// The account that steps run as; a machine has one for each shell, so the key has no name.
package struct IdentityFact: Fact {
  package static let kind = "identity"

  package var user: Account
  /// The main group: what new files belong to.
  package var group: Account

  package init(user: Account, group: Account) {
    self.user = user
    self.group = group
  }

  package static let request = FactRequest(IdentityFact.self)

  package static func probe(_ requests: [FactRequest]) -> Script { "id" }

  package static func parse(_ reply: ProbeReply, for requests: [FactRequest]) -> [String:
    Reading<IdentityFact>]
  {
    var accounts: [Substring: Account] = [:]
    for field in reply.text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
      guard let equals = field.firstIndex(of: "=") else { continue }
      accounts[field[..<equals]] = account(field[field.index(after: equals)...])
    }
    guard let user = accounts["euid"] ?? accounts["uid"],
      let group = accounts["egid"] ?? accounts["gid"]
    else { return ["": .unreadable("id(1) printed `\(reply.text)`")] }
    return ["": .present(IdentityFact(user: user, group: group))]
  }

  /// From `0(root)`, or `1234` where there is no name.
  private static func account(_ field: Substring) -> Account {
    let digits = field.prefix { $0.isNumber }
    let name = field.dropFirst(digits.count).dropFirst().dropLast()
    return Account(name: name.isEmpty ? nil : String(name), id: Int(digits))
  }
}
