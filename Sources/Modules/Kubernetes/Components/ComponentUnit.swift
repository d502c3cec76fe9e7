import ModuleKit

/// The systemd unit of a component: one flag a line.
struct ComponentUnit: Sendable {
  let description: String
  /// `notify` where the program says when it is ready.
  let type: String
  let words: [String]
  /// Units that are to be started before it.
  var after: [String] = []
  /// Further lines of `[Service]`, such as `OOMScoreAdjust=-999`.
  var service: [String] = []

  /// systemd.service(5), systemd.unit(5).
  var text: String {
    let command = words.map(ComponentUnit.escaped).joined(separator: " \\\n  ")
    let order = (["network-online.target"] + after).joined(separator: " ")
    return """
      # Written by spile; what is changed here by hand is set back.
      [Unit]
      Description=\(description)
      Documentation=https://kubernetes.io/docs
      Wants=network-online.target
      After=\(order)
      StartLimitIntervalSec=0

      [Service]
      Type=\(type)
      ExecStart=\(command)
      Restart=always
      RestartSec=5
      LimitNOFILE=65536
      \((service + ["", "[Install]", "WantedBy=multi-user.target", ""]).joined(separator: "\n"))
      """
  }

  /// A word of a command line: systemd.service(5), "Command lines", and systemd.unit(5), "Specifiers".
  static func escaped(_ word: String) -> String {
    let isPlain = word.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        || "-_./:,=+@*".utf8.contains(byte)
    }
    if isPlain, !word.isEmpty { return word }
    var text = ""
    for scalar in word.unicodeScalars {
      switch scalar {
      case "%": text += "%%"
      case "$": text += "$$"
      case "\"", "\\": text += "\\\(scalar)"
      case "\n": text += "\\n"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return "\"\(text)\""
  }
}
