import Engine
import ModuleKit
import Modules
import Schema

extension HostFactsSource {
  /// The facts that Ansible's users know, for `ansible_*` variables and `ansible_facts`.
  static let ansible = HostFactsSource(request: FactRequest(HostFacts.self), typical: typicalFacts)
  { view in
    guard let facts: HostFacts = view.known(HostFacts.self) else { return nil }
    return ValueMap(ansibleFacts(from: facts).pairs.map { (unprefixed($0.key), $0.value) })
  }

  private static func unprefixed(_ key: Value) -> Value {
    let prefix = "ansible_"
    guard let name = key.string, name.hasPrefix(prefix) else { return key }
    return .string(String(name.dropFirst(prefix.count)))
  }
}
