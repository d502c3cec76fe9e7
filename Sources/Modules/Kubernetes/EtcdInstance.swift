import Diagnostics
import Schema

/// Which etcd of a host is meant: a host may have one for everything and another one for events.
struct EtcdInstance: ParameterType, Hashable {
  static let typeDescription = "name of a unit"

  let name: String

  var unit: String { name + ".service" }
  /// The folder of its settings.
  var folder: HostPath { HostPath.root.appending("etc").appending(name) }
  var initialFile: EtcdInitialFile { EtcdInitialFile(path: folder.appending("initial.env")) }

  static let usual = EtcdInstance(name: "etcd")

  static let parameter = Parameter<EtcdInstance>.optional(
    "instance",
    "The name of the unit, and of the folder of settings below `/etc`: another one for a second cluster on the same hosts.",
    default: .usual, shown: "etcd")

  private init(name: String) { self.name = name }

  init(_ argument: Argument) throws(Diagnostic) {
    let text = argument.sourceText ?? ""
    let isName =
      text.first?.isLetter == true
      && text.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-") }
    guard isName else {
      throw argument.wrong(
        "etcd-instance", "is no name of a unit: \(argument.shown)",
        help: "lower-case letters, digits and `-`: etcd-events")
    }
    name = text
  }
}
