import Diagnostics
import Schema

extension IniFileModule {
  static let section = Parameter<String?>.optional(
    "section", "The section's name. Without it what stands before the first section is meant.")
  static let required = Parameter<[ValueMap]?>.optional(
    "section_has_values",
    "Of several sections of that name, the one with these options: dictionaries with `option` and `value` or `values`."
  )
  static let option = Parameter<String?>.optional(
    "option", "The option's name. Without it the section itself is meant.")
  static let value = Parameter<String?>.optional("value", "The option's value.")
  static let values = Parameter<IniValues?>.optional(
    "values", "Values of an option that may be there several times, a line for each.")
  static let state = Parameter<State>.optional(
    "state",
    """
    Whether section and option must be there or not. `absent` with `exclusive: false` removes only lines with one of \
    the values.
    """, default: .present, shown: "present")
  static let isExclusive = Parameter<Bool>.optional(
    "exclusive", "Lets no other lines of the option stay in the section.", default: true,
    shown: "true")
  static let allowsNone = Parameter<Bool>.optional(
    "allow_no_value", "Writes an option without a value, and without `=`.", default: false,
    shown: "false")
  static let hasNoSpaces = Parameter<Bool>.optional(
    "no_extra_spaces", "Writes no spaces around `=`.", default: false, shown: "false")
  static let ignoresSpaces = Parameter<Bool>.optional(
    "ignore_spaces", "Leaves a line alone that differs only in spaces around `=`.", default: false,
    shown: "false")
  static let usesInactive = Parameter<Bool>.optional(
    "modify_inactive_option",
    "Writes over a line of the option that `#` or `;` stands before.", default: true, shown: "true")
  static let creates = Parameter<Bool>.optional(
    "create", "Makes the file if it is not there.", default: true, shown: "true")
  static let follows = Parameter<Bool>.optional(
    "follow", "Follows a symbolic link that `path` is; nothing else is supported.", default: true,
    shown: "true")

  static let manual = Manual(
    "ini_file", .state, "Sections and options of an INI file.",
    notes: [
      "The file's other lines stay as they are, comments and order included.",
      "Without `allow_no_value`, an option that is there several times is reduced to the wished values.",
    ],
    parameters: [
      FileEdit.path.manual, section.manual, required.manual, option.manual, value.manual,
      values.manual, state.manual, isExclusive.manual, allowsNone.manual, hasNoSpaces.manual,
      ignoresSpaces.manual, usesInactive.manual, creates.manual, follows.manual,
    ] + FileEdit.parameters,
    exclusive: [["value", "values"]], results: FileEdit.results,
    examples: [
      """
      - name: packages are kept after they were installed
        ini_file:
          path: /etc/dnf/dnf.conf
          section: main
          option: keepcache
          value: "1"
          no_extra_spaces: true
      """,
      """
      - name: two name servers
        community.general.ini_file:
          path: /etc/systemd/network/10-lan.network
          section: Network
          option: DNS
          values: [10.0.0.2, 10.0.0.3]
          mode: "0644"
      """,
      """
      - name: nothing is left of a repository
        ini_file:
          path: /etc/yum.repos.d/old.repo
          section: old
          state: absent
      """,
    ])
}

/// Texts, of which each may hold commas.
struct IniValues: ParameterType, Hashable {
  let strings: [String]
  static let typeDescription = "list of strings"

  init(_ argument: Argument) throws(Diagnostic) {
    if let elements = argument.elements {
      strings = try elements.map { element throws(Diagnostic) in try String(element) }
    } else {
      strings = try [String](argument)
    }
  }
}
