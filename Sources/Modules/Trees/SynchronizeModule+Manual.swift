import Schema

extension SynchronizeModule {
  enum Direction: String, ParameterChoice { case push, pull }

  static let source = Parameter<String>.required(
    "src",
    "The file or folder on the controller, searched in `files/`; of a folder with `/` at the end only what it holds.",
    treatment: .controllerTree)
  static let destination = Parameter<DestinationPath>.required(
    "dest", "The folder on the host; for a file that ends without `/`, the file.", isSubject: true)
  static let direction = Parameter<Direction>.optional(
    "mode",
    """
    The way: `push` from the controller to the host, `pull` from the host to the controller, where `src` is an absolute \
    path of the host and `dest` one of the controller.
    """,
    default: .push, shown: "push")
  static let archive = Parameter<Bool>.optional(
    "archive", "The default of `recursive`, `links`, `perms`, `times`, `owner` and `group`.",
    default: true, shown: "true")
  static let recursive = Parameter<Bool?>.optional("recursive", "Goes into folders.")
  static let links = Parameter<Bool?>.optional("links", "Makes symbolic links, as they are.")
  static let perms = Parameter<Bool?>.optional("perms", "Sets permission bits as they are.")
  static let times = Parameter<Bool?>.optional(
    "times", "Gives files that are written the time that they have. Times are never compared.")
  static let owner = Parameter<Bool?>.optional("owner", "Sets the owner, by name.")
  static let group = Parameter<Bool?>.optional("group", "Sets the group, by name.")
  static let deletes = Parameter<Bool>.optional(
    "delete", "Removes what the controller does not have.", default: false, shown: "false")
  static let existingOnly = Parameter<Bool>.optional(
    "existing_only", "Makes nothing new.", default: false, shown: "false")
  static let checksum = Parameter<Bool>.optional(
    "checksum", "Accepted for Ansible's sake: files are always compared by digest.", default: true,
    shown: "true")
  static let compress = Parameter<Bool>.optional(
    "compress", "Accepted for Ansible's sake: the connection decides.", default: true,
    shown: "true")
  static let usesSSHArguments = Parameter<Bool>.optional(
    "use_ssh_args", "Accepted for Ansible's sake: the connection of all other tasks is used.",
    default: false, shown: "false")
  static let options = Parameter<SyncOptions?>.optional(
    "rsync_opts",
    """
    Options as for rsync(1). Understood are `--exclude=PATTERN`, `--include=PATTERN`, `--delete`, `--chmod=D0755,F0644`, \
    `--no-owner` and `--no-group`; others are refused.
    """)

  static let manual = Manual(
    "synchronize", .state, "A folder of the controller, mirrored on the host.",
    notes: [
      """
      Neither side needs rsync: everything is compared by SHA-256, mode and owner, and only what the host lacks travels, \
      in one stream for tar(1) of the host. Files are written under another name and then renamed.
      """,
      "Nothing but a dry run is needed to see what `delete` would remove. What filters hide is never removed.",
      "Hard links become files of their own; devices and pipes cannot be sent.",
      """
      A pull brings contents, as `fetch` does: files of up to 128 MiB, without their modes, owners and times; nothing is \
      removed, and symbolic links are refused.
      """,
    ],
    parameters: [
      source.manual, destination.manual, direction.manual, archive.manual, recursive.manual,
      links.manual, perms.manual, times.manual, owner.manual, group.manual, deletes.manual,
      existingOnly.manual, checksum.manual, compress.manual, usesSSHArguments.manual,
      options.manual,
    ],
    // A pull writes there.
    controllerWriters: [direction.manual.name],
    results: [.init("src", "as given"), .init("dest", "the folder on the host")],
    examples: [
      """
      - name: the site, and nothing else
        synchronize:
          src: site/
          dest: /srv/www
          delete: true
          rsync_opts: ["--exclude=.git", "--chmod=D0755,F0644"]
      """,
      """
      - name: manifests, whoever owns them here
        ansible.posix.synchronize:
          src: manifests
          dest: /etc/kubernetes
          owner: false
          group: false
      """,
    ])
}
