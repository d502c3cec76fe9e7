import Diagnostics
import ModuleKit
import Schema

extension ContainerdModule {
  /// Who keeps the cgroups of containers.
  enum CgroupDriver: ParameterChoice {
    case systemd

    static var allCases: [CgroupDriver] { [.systemd] }
    var rawValue: String { "systemd" }
    init?(rawValue: String) {
      guard rawValue == "systemd" else { return nil }
      self = .systemd
    }

    init(_ argument: Argument) throws(Diagnostic) {
      switch argument.sourceText {
      case "systemd": self = .systemd
      case "cgroupfs":
        throw argument.wrong(
          "containerd-cgroups",
          "is `cgroupfs`, and hosts that run systemd would have two managers of the same cgroups",
          help: "write `systemd`, here and as `cgroupDriver` of the kubelet")
      default:
        throw argument.wrong("argument-choice", "must be `systemd`, not \(argument.shown)")
      }
    }
  }

  static let programParameter = Parameter<HostPath>.optional(
    "program", "The containerd of the unit.", default: HostPath("/usr/bin/containerd") ?? .root,
    shown: "/usr/bin/containerd")
  static let pathParameter = Parameter<HostPath>.optional(
    "path", "Its configuration.", default: HostPath("/etc/containerd/config.toml") ?? .root,
    shown: "/etc/containerd/config.toml", isSubject: true)
  static let root = Parameter<HostPath>.optional(
    "root",
    "Images and containers; a disk of its own for it. Moving it: drain the node, stop kubelet and containerd, copy, then change this.",
    default: HostPath("/var/lib/containerd") ?? .root, shown: "/var/lib/containerd")
  static let stateFolder = Parameter<HostPath>.optional(
    "state_dir", "What is gone after a boot.", default: HostPath("/run/containerd") ?? .root,
    shown: "/run/containerd")
  static let sandboxImage = Parameter<String?>.optional(
    "sandbox_image",
    "The pause image of pods: one that the site has. Kubernetes 1.26 to 1.30 have pause:3.9, 1.31 to 1.33 pause:3.10."
  )
  static let snapshotter = Parameter<String>.optional(
    "snapshotter", "How layers are laid over each other.", default: "overlayfs",
    shown: "overlayfs")
  static let cgroupDriver = Parameter<CgroupDriver>.optional(
    "cgroup_driver", "Who keeps the cgroups of containers; the same as the kubelet's.",
    default: .systemd, shown: "systemd")
  static let registries = Parameter<HostPath>.optional(
    "registry_config_path",
    "The folder with a folder for each registry, and `hosts.toml` in it. What is written there counts at once.",
    default: HostPath("/etc/containerd/certs.d") ?? .root, shown: "/etc/containerd/certs.d")
  static let importsParameter = Parameter<[String]>.optional(
    "imports", "Files of others, such as the toolkit of a GPU; stars in the last part only.",
    default: ["/etc/containerd/conf.d/*.toml"], shown: "/etc/containerd/conf.d/*.toml")
  static let runtimes = Parameter<ValueMap>.optional(
    "runtimes", "Further runtimes with the interface of runc: names, and their programs.",
    default: ValueMap(), shown: "none")
  static let baseSpec = Parameter<HostPath?>.optional(
    "base_runtime_spec",
    "A file with what every container begins with (an OCI specification), such as its number of open files."
  )
  static let selinux = Parameter<Bool>.optional(
    "enable_selinux", "Whether containers get labels of SELinux.", default: false, shown: "false")
  static let restrictOOM = Parameter<Bool>.optional(
    "restrict_oom_score_adj",
    "Whether no container gets a lower `oom_score_adj` than containerd has: where it may not lower it, as in containers.",
    default: false, shown: "false")
  static let downloads = Parameter<Int>.optional(
    "max_concurrent_downloads", "Layers that are fetched at the same time, 1 to 100.", default: 3,
    shown: "3")
  static let oomScore = Parameter<Int>.optional(
    "oom_score", "Of containerd itself, -1000 to 1000: -999 is the last to be killed.",
    default: -999, shown: "-999")
  static let unitSettings = Parameter<ValueMap>.optional(
    "unit_settings",
    "Settings of its unit, in a drop-in of their own: `{LimitMEMLOCK: infinity}` (systemd.exec(5)).",
    default: ValueMap(), shown: "none")

  /// Words of Docker's `daemon.json` that mean nothing to containerd, or mean another thing.
  static let foreign: [(parameter: Parameter<String?>, help: String)] = [
    ("data_root", "that is Docker's; containerd's word is `root`"),
    (
      "log_driver",
      "containerd has no log drivers: the kubelet rotates logs, by containerLogMaxSize and containerLogMaxFiles; and cgroupfs "
        + "is no log driver"
    ),
    ("log_opts", "the kubelet rotates logs, by containerLogMaxSize and containerLogMaxFiles"),
    ("exec_opts", "that is Docker's; containerd's word is `cgroup_driver: systemd`"),
    ("registry_mirrors", "a mirror is a file: REGISTRY/hosts.toml in `registry_config_path`"),
    (
      "insecure_registries",
      "that is a line of REGISTRY/hosts.toml in `registry_config_path`: `skip_verify = true`"
    ),
  ].map { name, help in
    (
      Parameter<String?>.optional(
        name, "Refused: \(help).", aliases: [name.replacing("_", with: "-")]), help
    )
  }

  init(_ arguments: Arguments) throws(Diagnostic) {
    for (parameter, help) in Self.foreign {
      guard let argument = arguments.argument(parameter.manual) else { continue }
      throw argument.wrong("containerd-foreign", "is no setting of containerd", help: help)
    }
    path = try arguments[Self.pathParameter]
    let patterns = try arguments[Self.importsParameter]
    for pattern in patterns {
      guard let slash = pattern.lastIndex(of: "/"), pattern.first == "/",
        !pattern[..<slash].contains(where: { "*?[:\n".contains($0) })
      else {
        throw Diagnostic(
          .error, "containerd-imports",
          "`imports` has `\(pattern)`, which is no path with stars in its last part only",
          at: arguments.span(of: Self.importsParameter.manual))
      }
    }
    files = ContainerdFiles(
      program: try arguments[Self.programParameter].string, configuration: path.string,
      patterns: patterns)
    settings = try Self.settings(arguments, patterns)
    let folder = HostPath.root.appending("etc/systemd/system/containerd.service.d")
    unitFile = folder.appending("50-spile.conf")
    sandboxImage = try arguments[Self.sandboxImage]
    let lines = try Self.unitLines(arguments)
    limitsFiles = lines.contains { $0.hasPrefix("LimitNOFILE=") }
    unitText = lines.isEmpty ? nil : (["[Service]"] + lines).map { $0 + "\n" }.joined()
  }

  private static func settings(
    _ arguments: Arguments, _ patterns: [String]
  ) throws(Diagnostic) -> ContainerdSettings {
    func number(_ parameter: Parameter<Int>, _ range: ClosedRange<Int>) throws(Diagnostic) -> Int {
      let value = try arguments[parameter]
      if range.contains(value) { return value }
      throw Diagnostic(
        .error, "argument-range",
        "`\(parameter.manual.name)` must be \(range.lowerBound) to \(range.upperBound), not \(value)",
        at: arguments.span(of: parameter.manual))
    }
    var settings = ContainerdSettings()
    settings.set(ContainerdSettings.top("root"), .string(try arguments[root].string))
    settings.set(ContainerdSettings.top("state"), .string(try arguments[stateFolder].string))
    settings.set(
      ContainerdSettings.top("oom_score"), .number(try number(oomScore, -1000...1000)))
    if !patterns.isEmpty { settings.set(ContainerdSettings.top("imports"), .strings(patterns)) }
    settings.set(
      ContainerdSettings.runtime("enable_selinux"), .bool(try arguments[selinux]))
    settings.set(
      ContainerdSettings.runtime("restrict_oom_score_adj"), .bool(try arguments[restrictOOM]))
    settings.set(
      ContainerdSettings.image("max_concurrent_downloads"), .number(try number(downloads, 1...100)))
    if let image = try arguments[sandboxImage] {
      settings.set(ContainerdSettings.sandboxImage, .string(image))
    }
    settings.set(ContainerdSettings.snapshotter, .string(try arguments[snapshotter]))
    settings.set(
      ContainerdSettings.image("registry", "config_path"),
      .string(try arguments[registries].string))
    settings.set(
      ContainerdSettings.runtime("containerd", "default_runtime_name"), .string("runc"))
    try addRuntimes(to: &settings, arguments)
    return settings
  }

  private static func addRuntimes(
    to settings: inout ContainerdSettings, _ arguments: Arguments
  ) throws(Diagnostic) {
    var names: [(String, String?)] = [("runc", nil)]
    for (key, value) in try arguments[runtimes].pairs {
      guard let name = key.string, let program = value.string, name != "runc",
        HostPath(program) != nil
      else {
        throw Diagnostic(
          .error, "containerd-runtimes", "`runtimes` is a dictionary of names and programs",
          at: arguments.span(of: runtimes.manual),
          help: "write it so: {nvidia: /usr/bin/nvidia-container-runtime}")
      }
      names.append((name, program))
    }
    let spec = try arguments[baseSpec]
    for (name, program) in names {
      let key = { (last: String...) in
        ContainerdSettings.Key.runtime(of: name, last)
      }
      settings.set(key("runtime_type"), .string("io.containerd.runc.v2"))
      if let spec { settings.set(key("base_runtime_spec"), .string(spec.string)) }
      settings.set(key("options", "SystemdCgroup"), .bool(true))
      if let program { settings.set(key("options", "BinaryName"), .string(program)) }
    }
  }

  private static func unitLines(_ arguments: Arguments) throws(Diagnostic) -> [String] {
    var lines: [String] = []
    for (key, value) in try arguments[unitSettings].pairs {
      let name = key.string ?? ""
      let text =
        switch value {
        case .bool(let flag): flag ? "yes" : "no"
        case .int(let number): String(number)
        default: value.string ?? "\n"
        }
      guard !name.isEmpty, name.allSatisfy({ $0.isASCII && $0.isLetter }), !text.contains("\n")
      else {
        throw Diagnostic(
          .error, "containerd-unit",
          "`unit_settings` is a dictionary of systemd's names and values",
          at: arguments.span(of: unitSettings.manual))
      }
      lines.append("\(name)=\(text)")
    }
    return lines
  }
}

extension ContainerdSettings.Key {
  /// A key of one runtime.
  fileprivate static func runtime(of name: String, _ last: [String]) -> Self {
    let path = ["containerd", "runtimes", name] + last
    return Self(
      two: ["plugins", "io.containerd.grpc.v1.cri"] + path,
      three: ["plugins", "io.containerd.cri.v1.runtime"] + path)
  }
}
