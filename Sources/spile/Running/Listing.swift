import Engine
import Model

/// What `--list-hosts`, `--list-tasks` and `--list-tags` print, laid out as Ansible's users know it.
struct Listing {
  let playbook: String
  let program: Program

  var hosts: String {
    var lines = ["", "playbook: \(playbook)"]
    for play in program.allPlays {
      lines += ["", "  play #\(play.number + 1) (\(pattern(play))): \(play.name)\(tags(play))"]
      lines.append("    pattern: \(pattern(play))")
      lines.append("    hosts (\(play.hosts.count)):")
      lines += play.hosts.map { "      \($0)" }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  func tasks(withNames: Bool, withTags: Bool) -> String {
    var lines = ["", "playbook: \(playbook)"]
    for play in program.allPlays {
      lines += ["", "  play #\(play.number + 1) (\(pattern(play))): \(play.name)\(tags(play))"]
      if withNames {
        lines.append("    tasks:")
        for instruction in play.instructions {
          guard let (title, tags) = described(instruction) else { continue }
          lines.append("      \(title)\tTAGS: [\(tags.joined(separator: ", "))]")
        }
      }
      if withTags {
        let all = play.instructions.compactMap { described($0)?.tags }.joined()
        lines.append("    TASK TAGS: [\(Set(all).sorted().joined(separator: ", "))]")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func described(_ instruction: Instruction) -> (title: String, tags: [String])? {
    switch instruction.act {
    case .task(let task): (instruction.title, task.keywords.tags)
    case .include(let include): (instruction.title, include.keywords.tags)
    case .flushHandlers, .handlers, .close: nil
    }
  }

  private func pattern(_ play: CompiledPlay) -> String {
    switch play.play.hosts {
    case .pattern(let pattern): pattern.text
    case .template: play.hosts.joined(separator: ",")
    }
  }

  private func tags(_ play: CompiledPlay) -> String {
    "\tTAGS: [\(play.play.keywords.tags.joined(separator: ", "))]"
  }
}
