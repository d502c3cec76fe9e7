import Diagnostics
import Model
import Schema
import Template

/// Asks at the terminal for the variables of `vars_prompt`.
struct Prompts {
  let playbook: Playbook
  /// Those of `-e`: they are not asked for.
  let given: Set<String>

  /// The answers by the number of the play; what cannot be asked or answered goes into the bag.
  func answers(_ bag: inout DiagnosticBag) -> [Int: [String: Variable]] {
    var answers: [Int: [String: Variable]] = [:]
    var isSilent = false
    for play in playbook.plays {
      for prompt in play.prompts where !given.contains(prompt.name) {
        let typed = isSilent ? nil : ask(prompt)
        isSilent = typed == nil
        if isSilent { bag.add(noTerminal(prompt)) }
        guard let text = typed ?? prompt.fallback else { continue }
        do throws(TemplateError) {
          let value = try value(of: text, prompt)
          let origin = Origin(.playPrompt, span: prompt.span, owner: play.name.text)
          answers[play.number, default: [:]][prompt.name] = Variable(value, origin)
        } catch {
          bag.add(
            Diagnostic(
              .error, "prompt", "`\(prompt.name)` cannot be hashed: \(error.message)",
              at: prompt.span, help: error.hint))
        }
      }
    }
    return answers
  }

  /// What was typed; nil without a terminal.
  private func ask(_ prompt: VarsPrompt) -> String? {
    let fallback = prompt.fallback.map { prompt.isPrivate ? " [has a default]" : " [\($0)]" } ?? ""
    while true {
      guard
        let typed = Password.ask("\(prompt.question)\(fallback): ", isShown: !prompt.isPrivate)
      else { return nil }
      let answer = typed.isEmpty ? prompt.fallback ?? "" : typed
      guard prompt.isConfirmed, !typed.isEmpty else { return answer }
      let again = Password.ask("confirm \(prompt.question): ", isShown: !prompt.isPrivate)
      if again == typed { return answer }
      Password.say("The answers differ; once more.\n")
    }
  }

  private func value(of text: String, _ prompt: VarsPrompt) throws(TemplateError) -> Value {
    var value = Value.string(text)
    if let hash = prompt.hash {
      var names: ValueMap = ["text": value, "hash": .string(hash)]
      var call = "hash"
      if let salt = prompt.salt {
        names["salt"] = .string(salt)
        call += ", salt=salt"
      }
      if let size = prompt.saltSize {
        names["size"] = .int(size)
        call += ", salt_size=size"
      }
      value = try Renderer(variables: names).expression("text | password_hash(\(call))")
    } else if !prompt.isUnsafe {
      value = value.marked(.template)
    }
    return prompt.isPrivate ? value.marked(.secret) : value
  }

  /// Without a terminal the default is taken, as in Ansible.
  private func noTerminal(_ prompt: VarsPrompt) -> Diagnostic {
    let isNeeded = prompt.fallback == nil
    return Diagnostic(
      isNeeded ? .error : .warning, "no-terminal",
      "there is no terminal to ask for `\(prompt.name)` at\(isNeeded ? "" : ": it gets its default")",
      at: prompt.span, help: "give it with `-e \(prompt.name)=...` or `-e @FILE`")
  }
}

extension Composition.Loaded {
  /// The same after everything that the playbook wants to be asked was answered.
  func answered(_ bag: inout DiagnosticBag) -> Composition.Loaded {
    let answers = Prompts(playbook: playbook, given: Set(extra.keys)).answers(&bag)
    guard !answers.isEmpty else { return self }
    let store = VariableStore(
      inventory: inventory, extraVariables: extra, settings: variables.settings, answers: answers)
    var all: [String: Variable] = [:]
    for (_, some) in answers.sorted(by: { $0.key < $1.key }) {
      all.merge(some) { first, _ in first }
    }
    return Composition.Loaded(
      playbook: playbook, inventory: inventory, extra: extra, limit: limit, variables: store,
      answers: all)
  }
}
