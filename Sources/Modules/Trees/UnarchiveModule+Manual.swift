import Diagnostics
import Schema

extension UnarchiveModule {
  static let source = Parameter<String>.required(
    "src",
    "The archive: on the controller, searched in `files/`, or with `remote_src` on the host.",
    treatment: .controllerArchive)
  static let destination = Parameter<HostPath>.required(
    "dest", "The folder on the host to unpack into; it must be there.", isSubject: true)
  static let isRemote = Parameter<Bool>.optional(
    "remote_src", "Whether `src` is on the host.", default: false, shown: "false")
  static let copies = Parameter<Bool>.optional(
    "copy", "The opposite of `remote_src`, as older playbooks write it.", default: true,
    shown: "true")
  static let creates = Parameter<HostPath?>.optional(
    "creates", "Does nothing where there is something at this path.")
  static let includes = Parameter<[String]?>.optional(
    "include", "Only these members, with all below them; names in the archive, or shell patterns.")
  static let excludes = Parameter<[String]?>.optional(
    "exclude", "Not these members, nor what is below them; names in the archive, or shell patterns."
  )
  static let options = Parameter<TarOptions?>.optional(
    "extra_opts",
    """
    Options as for tar(1). Understood are `--strip-components=N`, `--exclude=PATTERN`, `--no-same-owner` and \
    `--same-owner`; others are refused.
    """)
  static let keepsNewer = Parameter<Bool>.optional(
    "keep_newer",
    "Leaves files alone that are newer than the archive's; for `src` on the controller.",
    default: false, shown: "false")
  static let listsFiles = Parameter<Bool>.optional(
    "list_files", "Tells the names of all members as `files`.", default: false, shown: "false")

  static let manual = Manual(
    "unarchive", .state, "What an archive holds, unpacked below a folder.",
    notes: [
      """
      Every member is compared with what is there: type, content by SHA-256, mode, and for root the owner. Only what \
      differs is written, each file under another name and then renamed. What was deleted or edited is repaired; what \
      the archive does not hold is left alone.
      """,
      """
      An archive of the controller is read there (tar, plain or by gzip, bzip2, xz, zstd, with these tools on the \
      controller; zip needs gzip), and only what the host lacks travels. The host needs tar(1).
      """,
      """
      An archive of the host is read by the host's tar(1) or unzip(1) at every run, without unpacking to its disk; a \
      tar needs GNU tar or busybox for that.
      """,
      """
      Where the archive holds the folder itself (`./`, or a part that `--strip-components` takes away), the mode and owner \
      are for `dest` too.
      """,
      "Owners count by name where the host has that name, else by number; without root they are the task's user.",
    ],
    parameters: [
      source.manual, destination.manual, isRemote.manual, copies.manual, creates.manual,
      includes.manual, excludes.manual, options.manual, keepsNewer.manual, listsFiles.manual,
    ] + Permissions.parameters,
    exclusive: [["include", "exclude"], ["remote_src", "copy"]],
    results: [
      .init("dest", "the folder"), .init("src", "the archive"),
      .init("files", "names in the archive, with `list_files`"),
      .init("skipped", "true where `creates` is there"),
      .init("mode", "permission bits of the folder"), .init("owner", "its owner"),
      .init("group", "its group"),
    ],
    examples: [
      """
      - name: the container network plugins
        unarchive:
          src: cni-plugins-linux-amd64.tgz
          dest: /opt/cni/bin
          owner: root
          group: root
      """,
      """
      - name: one program of a release on the host
        unarchive:
          src: /var/cache/helm.tar.gz
          remote_src: true
          dest: /usr/local/bin
          include: [linux-amd64/helm]
          extra_opts: [--strip-components=1]
          mode: "0755"
      """,
    ])
}

/// Options of tar(1) that mean something when members are compared one by one.
struct TarOptions: ParameterType, Hashable {
  /// Leading parts of names that go.
  private(set) var strip = 0
  private(set) var excludes: [String] = []
  private(set) var keepsOwner = true

  static let typeDescription = "list of options"

  init() {}

  init(_ argument: Argument) throws(Diagnostic) {
    var words = try OptionWords(argument, id: "tar-option")
    while let option = words.next() {
      switch option {
      case "--strip-components", "--strip":
        guard let count = Int(try words.value()), count >= 0 else {
          throw words.wrong("has `\(option)` without a number")
        }
        strip = count
      case "--exclude": excludes.append(try words.value())
      case "--no-same-owner", "-o": keepsOwner = false
      case "--same-owner", "-p", "--preserve-permissions", "--same-permissions", "--overwrite":
        break
      default:
        throw words.wrong(
          "has `\(option)`, which is not supported",
          help: "`--strip-components=N`, `--exclude=PATTERN` and `--no-same-owner` are")
      }
    }
  }
}
