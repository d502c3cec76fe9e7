import Diagnostics
import Schema

/// The name of a kernel module with `_` for `-`, as the kernel spells it.
struct KernelModuleName: Hashable, Sendable, CustomStringConvertible, ParameterType {
  static var typeDescription: String { "kernel module" }
  let description: String

  init?(_ text: String) {
    guard !text.isEmpty, text.utf8.count < 56,
      text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "_-".contains($0)) })
    else { return nil }
    description = String(text.map { $0 == "-" ? "_" : $0 })
  }

  init(_ argument: Argument) throws(Diagnostic) {
    guard let text = argument.sourceText, let name = KernelModuleName(text) else {
      throw argument.wrong(
        "kernel-module", "must be the name of a kernel module, not \(argument.shown)",
        help: "as `lsmod` shows it: `br_netfilter`")
    }
    self = name
  }
}
