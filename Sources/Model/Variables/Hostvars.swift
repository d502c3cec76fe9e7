import Schema
import Template

extension HostVariables {
  /// The variables of every host, templates in them rendered for that host.
  ///
  /// A variable that cannot be rendered for its host is left out.
  var hostvars: Value {
    var map = ValueMap()
    for host in store.inventory.hosts { map[host.name] = variables(of: host) }
    if map[host.name] == nil { map[host.name] = variables(of: host) }
    return .dict(map)
  }

  private func variables(of other: Host) -> Value {
    let view = HostVariables(
      store: store, host: other, play: nil, scope: nil, locals: [:], nesting: nesting + 1)
    guard nesting == 0 else { return .dict(view.everything(rendered: false)) }
    return store.cell(other.name).snapshot { .dict(view.everything(rendered: true)) }
  }

  private func everything(rendered: Bool) -> ValueMap {
    let renderer = Renderer(variables: self)
    var map = ValueMap()
    for name in names where name != MagicName.hostvars.rawValue {
      guard let value = try? value(named: name) else { continue }
      if rendered, value.deepMarks.contains(.template) {
        map[name] = try? renderer.render(value)
      } else {
        map[name] = value
      }
    }
    return map
  }
}
