/// Mount options as mount(8) takes them, compared with what the kernel shows.
struct MountOptions {
  let words: [String]

  init(_ words: [String]) { self.words = words }

  /// What the kernel keeps for every mount, whatever the file system (`mount(2)`).
  struct Flags: Hashable {
    var isReadOnly = false
    var noSetuid = false
    var noDevices = false
    var noExecution = false
    /// `noatime`, `relatime` or `strictatime`.
    var accessTime = "relatime"
    var noFolderAccessTime = false
    var isSynchronous = false

    /// For a remount: mount(8) adds what is there already, so `noatime` has to be taken back first.
    var remountWords: [String] { (accessTime == "noatime" ? [] : ["atime"]) + words }

    /// For mount(8), each said.
    var words: [String] {
      [
        isReadOnly ? "ro" : "rw", noSetuid ? "nosuid" : "suid", noDevices ? "nodev" : "dev",
        noExecution ? "noexec" : "exec", accessTime,
        noFolderAccessTime && accessTime != "noatime" ? "nodiratime" : "diratime",
        isSynchronous ? "sync" : "async",
      ]
    }
  }

  /// The flags that the options ask for; later words win, as in mount(8).
  var flags: Flags {
    var flags = Flags()
    for word in words {
      switch word {
      case "defaults": flags = Flags()
      case "ro": flags.isReadOnly = true
      case "rw": flags.isReadOnly = false
      case "nosuid": flags.noSetuid = true
      case "suid": flags.noSetuid = false
      case "nodev": flags.noDevices = true
      case "dev": flags.noDevices = false
      case "noexec": flags.noExecution = true
      case "exec": flags.noExecution = false
      case "sync": flags.isSynchronous = true
      case "async": flags.isSynchronous = false
      case "noatime", "strictatime", "relatime": flags.accessTime = word
      case "atime": flags.accessTime = "relatime"
      case "norelatime": flags.accessTime = "strictatime"
      case "nodiratime": flags.noFolderAccessTime = true
      case "diratime": flags.noFolderAccessTime = false
      case "user", "users":
        (flags.noSetuid, flags.noDevices, flags.noExecution) = (true, true, true)
      case "owner", "group": (flags.noSetuid, flags.noDevices) = (true, true)
      default: continue
      }
    }
    if flags.accessTime == "noatime" { flags.noFolderAccessTime = false }
    return flags
  }

  /// The flags that a mount has.
  static func flags(of live: Set<String>) -> Flags {
    var flags = Flags()
    flags.isReadOnly = live.contains("ro")
    flags.noSetuid = live.contains("nosuid")
    flags.noDevices = live.contains("nodev")
    flags.noExecution = live.contains("noexec")
    flags.isSynchronous = live.contains("sync")
    flags.accessTime =
      live.contains("noatime") ? "noatime" : live.contains("relatime") ? "relatime" : "strictatime"
    flags.noFolderAccessTime = live.contains("nodiratime") && flags.accessTime != "noatime"
    return flags
  }

  private static let common: Set = [
    "defaults", "ro", "rw", "nosuid", "suid", "nodev", "dev", "noexec", "exec", "sync", "async",
    "noatime", "atime", "strictatime", "nostrictatime", "relatime", "norelatime", "nodiratime",
    "diratime", "user", "users", "nouser", "owner", "group", "auto", "noauto", "nofail", "_netdev",
    "bind", "rbind", "remount", "loop", "silent", "loud",
  ]

  /// Options of the file system itself, as written.
  var own: [String] {
    words.filter { word in
      !MountOptions.common.contains(word) && !word.hasPrefix("x-") && !word.hasPrefix("comment=")
        && !word.hasPrefix("loop=") && !word.hasPrefix("offset=") && !word.hasPrefix("sizelimit=")
    }
  }

  /// Words without a value that kernels always show when they are in force.
  private static let alwaysShown: Set = [
    "discard", "lazytime", "prjquota", "usrquota", "grpquota", "noquota", "largeio", "nouuid",
    "dirsync", "mand",
  ]

  private static let synonyms = [
    "pquota": "prjquota", "uquota": "usrquota", "gquota": "grpquota", "quota": "usrquota",
  ]

  /// The options that are asked for and not in force.
  func missing(in live: Set<String>) -> [String] {
    var missing: [String] = []
    let wanted = flags
    let actual = MountOptions.flags(of: live)
    for (mine, theirs) in zip(wanted.words, actual.words) where mine != theirs {
      missing.append(mine)
    }
    return missing + own.filter { !isInForce($0, live) }
  }

  private func isInForce(_ word: String, _ live: Set<String>) -> Bool {
    let word = MountOptions.synonyms[word] ?? word
    if live.contains(word) { return true }
    guard let (name, value) = word.halves(at: "=") else {
      return !MountOptions.alwaysShown.contains(word)
    }
    guard let shown = live.first(where: { $0.hasPrefix(name + "=") }) else { return true }
    return MountOptions.amount(value) == MountOptions.amount(shown.dropFirst(name.count + 1))
  }

  /// `16m`, `16384k` and `0755`, `755` are the same: numbers with units of 1024, else the text.
  private static func amount(_ text: some StringProtocol) -> String {
    let units: [Character: UInt64] = ["k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40]
    if let last = text.last, let unit = units[Character(last.lowercased())],
      let number = UInt64(text.dropLast())
    {
      return String(number * unit)
    }
    return UInt64(text).map(String.init) ?? String(text)
  }
}
