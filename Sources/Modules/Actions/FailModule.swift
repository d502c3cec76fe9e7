import Diagnostics
import ModuleKit
import Schema

/// `fail`: ends the host's part of the play with a message.
struct FailModule: ControllerModule {
  private let text: String

  static let message = Parameter<String>.optional(
    "msg", "What to say.", default: "Failed as requested from task",
    shown: "Failed as requested from task")

  static let manual = Manual(
    "fail", .controller, "Fails with a message; useful with `when`.",
    parameters: [message.manual], results: [.init("msg", "the message")],
    examples: [
      """
      - name: an odd number of members
        fail:
          msg: etcd needs an odd number of members
        when: groups['etcd'] | length is even
      """
    ])

  init(_ arguments: Arguments) throws(Diagnostic) { text = try arguments[Self.message] }

  func run() -> ControllerOutcome {
    ControllerOutcome(result: ["msg": .string(text)], failure: text)
  }
}
