import ModuleKit

/// What Ansible calls a system: names, and families of distributions that are alike.
struct Distribution {
  let name: String
  let version: String
  let major: String
  /// nil where Ansible tells none.
  let minor: String?
  /// The code name, or `NA`.
  let release: String
  let family: String
  /// The file that Ansible knows it by, and what it calls the file.
  let file: String
  let variety: String

  private static let names = [
    "debian": "Debian", "ubuntu": "Ubuntu", "rhel": "RedHat", "centos": "CentOS", "rocky": "Rocky",
    "almalinux": "AlmaLinux", "ol": "OracleLinux", "fedora": "Fedora", "amzn": "Amazon",
    "openeuler": "openEuler", "kylin": "Kylin Linux Advanced Server", "sles": "SLES",
    "opensuse-leap": "openSUSE Leap", "opensuse-tumbleweed": "openSUSE Tumbleweed",
    "alpine": "Alpine", "arch": "Archlinux", "anolis": "Anolis OS", "uos": "Uos",
    "raspbian": "Debian", "kali": "Kali", "linuxmint": "Linux Mint",
  ]

  private static let families: [(family: String, ids: Set<String>)] = [
    ("Debian", ["debian", "ubuntu"]),
    (
      "RedHat",
      [
        "rhel", "centos", "fedora", "rocky", "almalinux", "ol", "amzn", "openeuler", "kylin",
        "anolis",
      ]
    ),
    ("Suse", ["sles", "suse", "opensuse", "opensuse-leap"]), ("Alpine", ["alpine"]),
    ("Archlinux", ["arch"]),
  ]

  /// By distribution, then by family.
  private static let files = [
    "CentOS": ("/etc/centos-release", "CentOS"),
    "OracleLinux": ("/etc/oracle-release", "OracleLinux"),
    "Debian": ("/etc/os-release", "Debian"), "RedHat": ("/etc/redhat-release", "RedHat"),
    "Suse": ("/etc/os-release", "SUSE"), "Alpine": ("/etc/alpine-release", "Alpine"),
    "Archlinux": ("/etc/arch-release", "Archlinux"),
  ]

  init(_ facts: HostFacts) {
    let system = facts.system
    let id = system.id.lowercased()
    let name = Distribution.names[id] ?? system.release["NAME"] ?? system.id
    let debianVersion = facts.line("/etc/debian_version") ?? ""
    let version = Distribution.version(id, system, debianVersion, facts.line("/etc/redhat-release"))
    self.name = name
    self.version = version
    major = String(version.prefix { $0 != "." })
    minor =
      name == "Debian"
      ? debianVersion.halves(at: ".").map { String($0.after.prefix(while: \.isNumber)) } : nil
    release = Distribution.release(id, system)
    let families = system.families.map { $0.lowercased() }
    let family =
      families.lazy.compactMap { id in Distribution.families.first { $0.ids.contains(id) }?.family }
      .first ?? name
    self.family = family
    let file = Distribution.files[name] ?? Distribution.files[family] ?? ("/etc/os-release", name)
    self.file = file.0
    variety = file.1
  }

  /// Debian and CentOS tell more in files of their own than in os-release(5).
  private static func version(
    _ id: String, _ system: OSFact, _ debian: String, _ redHat: String?
  ) -> String {
    let given = system.release["VERSION_ID"] ?? ""
    if id == "debian" || id == "raspbian", debian.first?.isNumber ?? false { return debian }
    if id == "centos", let number = redHat?.words.first(where: { $0.first?.isNumber ?? false }) {
      return number.split(separator: ".").prefix(2).joined(separator: ".")
    }
    return given.isEmpty ? debian : given
  }

  /// The code name of os-release(5): its own field, else what stands in parentheses.
  private static func release(_ id: String, _ system: OSFact) -> String {
    if id == "centos", system.release["NAME"]?.contains("Stream") ?? false { return "Stream" }
    if let name = system.release["VERSION_CODENAME"], !name.isEmpty { return name }
    if let name = system.release["UBUNTU_CODENAME"], !name.isEmpty { return name }
    guard id != "fedora", let version = system.release["VERSION"],
      let rest = version.halves(at: "(")?.after, let name = rest.halves(at: ")")?.before
    else { return "NA" }
    return String(name)
  }
}
