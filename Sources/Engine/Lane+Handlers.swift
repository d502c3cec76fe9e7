import Model
import ModuleKit
import Schema
import Template

/// Handlers: who is meant by a name, and the way through those that were notified.
extension Lane {
  /// Begins to run the notified handlers in the place of an instruction.
  func runHandlers(_ instruction: Instruction) {
    splice([follow(instruction, .handlers(from: 0))], at: instruction)
  }

  /// Goes on with the notified handlers from a place of the play's on, in the order in which they are written.
  ///
  /// One that notifies others ends the part that is put in at once: what it notifies and what stands behind it runs in
  /// the same flush, what stands before it in the next one, as in Ansible.
  func runHandlers(from first: Int, _ instruction: Instruction) {
    var due: [Instruction] = []
    var next = first
    while next < handlers.count {
      let handler = handlers[next]
      if let doubt = notified.removeValue(forKey: next) {
        var copy = follow(instruction, handler.act, places: handler.places, handler.mentions)
        copy.doubt = doubt
        due.append(copy)
        if handler.task?.notify.isEmpty == false || handler.task == nil {
          next += 1
          break
        }
      }
      next += 1
    }
    guard !due.isEmpty else { return }
    let rest = next < handlers.count ? [follow(instruction, .handlers(from: next))] : []
    queue.insert(contentsOf: due + rest, at: 0)
  }

  /// An instruction within the flush that another one stands for.
  private func follow(
    _ instruction: Instruction, _ act: Instruction.Act, places: [BlockPlace] = [],
    _ mentions: Set<String> = []
  ) -> Instruction {
    var copy = Instruction(
      act: act, places: instruction.places + places, position: instruction.position,
      isLinear: false, isHandler: true, mentions: mentions)
    copy.ownsNode = false
    return copy
  }

  /// The places of the handlers that a name stands for: the last one that is called so, and all that listen to it.
  func handlers(named name: String) -> [Int] {
    var found: [Int] = []
    if let last = handlers.lastIndex(where: { names(of: $0).contains(name) }) {
      found.append(last)
    }
    for (place, handler) in handlers.enumerated()
    where handler.task?.listen.contains(name) == true {
      if !found.contains(place) { found.append(place) }
    }
    return found
  }

  /// What a handler is called, with and without its role.
  private func names(of handler: Instruction) -> [String] {
    let (name, role): (TextSource?, String?)
    switch handler.act {
    case .task(let task): (name, role) = (task.name, task.role)
    case .include(let include): (name, role) = (include.name, include.role)
    case .flushHandlers, .handlers, .close: return []
    }
    guard let name else { return [handler.title] }
    var titles = [name.text]
    if name.template != nil, let text = rendered(name, handler) { titles.append(text) }
    return titles + (role.map { role in titles.map { "\(role) : \($0)" } } ?? [])
  }

  private func rendered(_ name: TextSource, _ handler: Instruction) -> String? {
    let scope = handler.task?.keywords.scope
    let renderer = setup.renderer(
      setup.variables.variables(for: host, play: play.play, scope: scope),
      handler.task?.folders ?? [play.play.folder])
    return try? name.text(renderer).known?.string
  }
}
