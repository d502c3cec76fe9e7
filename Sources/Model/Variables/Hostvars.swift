import Schema
import Template

extension HostVariables {
  package func scopes(named name: String) -> (any VariableScopes)? {
    name == MagicName.hostvars.rawValue ? Hostvars(view: self) : nil
  }
}

/// `hostvars`: every host's variables as that host sees them outside of plays.
private struct Hostvars: VariableScopes {
  let view: HostVariables

  var keys: [String] {
    let hosts = view.store.inventory.hosts.map(\.name)
    return hosts.contains(view.host.name) ? hosts : hosts + [view.host.name]
  }

  func variables(under key: String) -> (any Variables)? {
    let inventory = view.store.inventory
    let own = key == view.host.name ? view.host : nil
    guard let host = inventory.host(named: key) ?? own ?? inventory.implicitLocalhost(key) else {
      return nil
    }
    return HostVariables(
      store: view.store, host: host, play: nil, scope: nil, locals: [:], nesting: view.nesting + 1)
  }
}
