import Diagnostics
import Schema
import YAML

/// A program that prints an inventory as JSON: run with `--list`, and with `--host NAME` where it has no `_meta`.
///
/// What is printed means what it means to ansible-core 2.19 (`plugins/inventory/script.py`).
struct InventoryScript {
  let path: String
  let disk: ControllerDisk
  let deadline: Duration

  func read(into reading: inout InventoryReading) {
    guard let reply = answer(["--list"], &reading) else { return }
    guard reply.root.kind == .mapping else {
      reading.report(
        "wrong-type", "the output of an inventory program is an object of groups",
        at: reply.root.span)
      return
    }
    var hosts: [String] = []
    for (key, body) in reply.root.pairs where key.text != "_meta" {
      hosts += readGroup(key, body, reply.value[key.text], &reading)
    }
    guard let meta = reply.root["_meta"] else {
      for host in unique(hosts) { readHost(host, &reading) }
      return
    }
    guard let hostvars = meta["hostvars"] else {
      if meta.kind == .mapping, meta.pairs.isEmpty { return }
      reading.report(
        "wrong-type", "`_meta` is an object with `hostvars`", at: meta.span,
        help: "print {\"_meta\": {\"hostvars\": {\"NAME\": {...}}}}")
      return
    }
    let values = reply.value["_meta"]?["hostvars"]
    read(hostvars, values, of: Set(hosts), &reading)
  }

  private func read(
    _ hostvars: Node, _ values: Value?, of hosts: Set<String>, _ reading: inout InventoryReading
  ) {
    guard hostvars.kind == .mapping else {
      reading.report("wrong-type", "`hostvars` is an object", at: hostvars.span)
      return
    }
    for (key, body) in hostvars.pairs {
      guard hosts.contains(key.text) else {
        reading.builder.bag.add(
          Diagnostic(
            .warning, "host-without-group",
            "`\(key.text)` has variables and is in no group: it is left out", at: key.span,
            help: "name it under the `hosts` of a group, such as `ungrouped`"))
        continue
      }
      let origin = Origin(.inventoryFileHost)
      let variables = self.variables(body, values?[key.text], origin, &reading)
      reading.addVariables(variables, toHost: key.text)
    }
  }

  private func readHost(_ host: String, _ reading: inout InventoryReading) {
    guard let reply = answer(["--host", host], &reading) else { return }
    let variables = self.variables(reply.root, reply.value, Origin(.inventoryFileHost), &reading)
    reading.addVariables(variables, toHost: host)
  }

  // MARK: Groups

  /// Reads one group.
  /// - Returns: the hosts that it names.
  private func readGroup(
    _ key: Node, _ body: Node, _ value: Value?, _ reading: inout InventoryReading
  ) -> [String] {
    let name = key.text
    guard !name.isEmpty else {
      reading.report("wrong-type", "a group needs a name", at: key.span)
      return []
    }
    reading.draft.addGroup(name, at: key.span)
    if body.kind == .sequence { return readHosts(body, name, &reading) }
    guard body.kind == .mapping else {
      reading.report(
        "wrong-type", "the group `\(name)` is an object, found \(body.kindName)", at: body.span)
      return []
    }
    let words = ["hosts", "vars", "children"]
    guard body.pairs.isEmpty || body.pairs.contains(where: { words.contains($0.key.text) }) else {
      reading.report(
        "unknown-key", "the group `\(name)` has neither `hosts`, `vars` nor `children`",
        at: body.span, help: "variables of a group belong under `vars`")
      return []
    }
    let hosts = body["hosts"].map { readHosts($0, name, &reading) } ?? []
    if let vars = body["vars"] {
      let origin = Origin(.inventoryFileGroup, owner: name)
      reading.addVariables(variables(vars, value?["vars"], origin, &reading), toGroup: name)
    }
    for child in list(body["children"], "children", name, &reading) {
      reading.draft.addGroup(child.text, at: child.span)
      reading.addChild(child.text, to: name, at: child.span)
    }
    return hosts
  }

  /// Names are taken as they are: without ranges and ports.
  private func readHosts(
    _ node: Node, _ group: String, _ reading: inout InventoryReading
  ) -> [String] {
    let nodes = list(node, "hosts", group, &reading)
    for node in nodes {
      reading.draft.addHost(node.text, to: group, at: node.span, source: reading.source)
    }
    return nodes.map(\.text)
  }

  private func list(
    _ node: Node?, _ word: String, _ group: String, _ reading: inout InventoryReading
  ) -> [Node] {
    guard let node else { return [] }
    guard node.kind == .sequence else {
      reading.report(
        "wrong-type",
        "`\(word)` of the group `\(group)` is a list of names, found \(node.kindName)",
        at: node.span)
      return []
    }
    return node.elements.filter { element in
      let isName = element.kind == .scalar && element.style == .doubleQuoted && element.text != ""
      if !isName {
        reading.report("wrong-type", "a name in `\(word)` is a text", at: element.span)
      }
      return isName
    }
  }

  // MARK: Variables

  /// Places come from the tree, values from the JSON: the two type numbers differently.
  private func variables(
    _ node: Node, _ values: Value?, _ origin: Origin, _ reading: inout InventoryReading
  ) -> [String: Variable] {
    guard node.kind == .mapping else {
      reading.report(
        "wrong-type", "variables are an object, found \(node.kindName)", at: node.span)
      return [:]
    }
    var variables: [String: Variable] = [:]
    for (key, value) in node.pairs {
      guard isIdentifier(key.text) else {
        VariableReader.reportName(key.text, at: key.span, &reading.builder)
        continue
      }
      var origin = origin
      origin.span = value.span
      var read = reading.builder.trusted(values?[key.text] ?? .null, at: value.span)
      if VariableReader.isSecret(key.text) { read = read.marked(.secret) }
      variables[key.text] = Variable(read, origin)
    }
    return variables
  }

  // MARK: Running

  /// What the program prints; nil, and reported, where it fails or prints no JSON.
  private func answer(
    _ arguments: [String], _ reading: inout InventoryReading
  ) -> (root: Node, value: Value)? {
    let name = ([path] + arguments).joined(separator: " ")
    let outcome: ControllerProgram.Outcome
    do throws(ControllerProgram.Failure) {
      outcome = try disk.run([path.contains("/") ? path : "./" + path] + arguments, deadline)
    } catch {
      reading.report(
        "inventory-program", "`\(name)` \(described(error))", at: nil, help: help(error))
      return nil
    }
    let said = String(decoding: outcome.errors, as: UTF8.self).split(whereSeparator: \.isNewline)
      .suffix(10).map { "it said: \($0)" }
    guard outcome.status == 0 else {
      reading.builder.bag.add(
        Diagnostic(
          .error, "inventory-program", "`\(name)` ended with status \(outcome.status)",
          notes: said, help: "run it by hand: it must print JSON and end with 0"))
      return nil
    }
    let file = SourceFile(name: name, bytes: outcome.output)
    let isBlank = outcome.output.allSatisfy { $0 == 0x20 || (0x09...0x0D).contains($0) }
    if isBlank, arguments[0] == "--host" { return nil }
    do throws(JSONError) {
      let value = try JSON.parse(outcome.output)
      let errors = reading.builder.bag.errors.count
      let root = parseYAML(file, into: &reading.builder.bag).first?.root
      guard reading.builder.bag.errors.count == errors, let root else { return nil }
      return (root, value)
    } catch {
      let end = min(error.offset + 1, outcome.output.count)
      reading.builder.bag.add(
        Diagnostic(
          .error, "inventory-program", "`\(name)` prints no JSON: \(error.message)",
          at: Span(file, min(error.offset, end)..<end), notes: said,
          help: "messages belong to standard error"))
      return nil
    }
  }

  private func described(_ failure: ControllerProgram.Failure) -> String {
    switch failure {
    case .start(let reason): "cannot be started: \(reason)"
    case .deadline: "has not ended after \(deadline.components.seconds) s and was killed"
    case .tooMuch: "prints too much"
    }
  }

  private func help(_ failure: ControllerProgram.Failure) -> String? {
    switch failure {
    case .start: "is the interpreter in its first line installed?"
    case .deadline: "run it by hand; --inventory-timeout gives it more time"
    case .tooMuch: "run it by hand: does it end?"
    }
  }
}
