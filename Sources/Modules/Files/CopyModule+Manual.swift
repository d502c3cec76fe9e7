import Schema

extension CopyModule {
  static let sourcePath = Parameter<String?>.optional(
    "src",
    """
    What to copy: a file or folder of the controller, searched in `files/`; with `remote_src` a path of the host. Of a \
    folder with `/` at the end only what it holds is copied.
    """, treatment: .controllerFile)
  static let content = Parameter<Value?>.optional(
    "content", "The content itself, instead of `src`; a list or dictionary is written as JSON.")
  static let destination = Parameter<DestinationPath>.required(
    "dest",
    "Where to on the host; with `/` at the end, or where there is a folder, the file goes into it.",
    isSubject: true)
  static let mode = Parameter<CopyMode?>.optional(
    "mode",
    """
    Permission bits: octal such as "0644", symbolic such as "u=rw,go=r", or `preserve` for those of the source. Without it a new file gets 0644 \
    (0600 if the content is secret), and one that is there keeps its bits.
    """)
  static let folderMode = Parameter<ModeWish?>.optional(
    "directory_mode", "Permission bits of folders that are copied; without it new ones get 0755.")
  static let isRemote = Parameter<Bool>.optional(
    "remote_src", "Whether `src` is on the host.", default: false, shown: "false")
  static let backup = Parameter<Bool>.optional(
    "backup", "Keeps a copy with the time in its name before a file is replaced.", default: false,
    shown: "false")
  static let force = Parameter<Bool>.optional(
    "force", "Replaces content that differs; `false` writes only what is not there.", default: true,
    shown: "true", aliases: ["thirsty"])
  static let decrypt = Parameter<Bool>.optional(
    "decrypt",
    "Whether files of the controller that `spile vault` or `ansible-vault` encrypted are decrypted on the way.",
    default: true, shown: "true")
  static let checksum = Parameter<String?>.optional(
    "checksum", "The SHA-1 that the source must have, as 40 hexadecimal digits.")
  static let followsLocally = Parameter<Bool>.optional(
    "local_follow",
    "Sends what links of the source lead to; `false`, which would send the links, is refused (`synchronize` does it).",
    default: true, shown: "true")
  static let follow = Parameter<Bool>.optional(
    "follow",
    "Where `dest` is a symbolic link, writes the file that it leads to; else the link is replaced.",
    default: false, shown: "false")

  static let manual = Manual(
    "copy", .state, "Files and folders with given content.",
    notes: [
      """
      A file is written next to the old one, gets mode, owner and SELinux context, is flushed to disk and renamed: \
      nobody ever sees half of it. Where the rename is refused because the path is a mount point, it is written in place.
      """,
      "The folder of `dest` must be there, unless `dest` ends in `/` or a folder is copied.",
      """
      A folder of the host (`remote_src`) is copied with the modes of its files and folders; `mode` is for the folder \
      itself. What links in it lead to is copied as a file; a link to a folder is refused.
      """,
      "Secret content is never shown, and a new file with it gets the mode 0600 unless one is given.",
    ],
    parameters: [
      destination.manual, sourcePath.manual, content.manual, isRemote.manual, mode.manual,
      Permissions.owner.manual, Permissions.group.manual, folderMode.manual, backup.manual,
      force.manual, follow.manual, followsLocally.manual, checksum.manual, decrypt.manual,
      Validation.parameter.manual, Permissions.unsafeWrites.manual,
    ] + FileMarks.parameters + SecurityContextWish.parameters,
    exclusive: [["src", "content"]], oneOf: [["src", "content"]],
    results: [
      .init("dest", "the path that was written"), .init("src", "the source on the host"),
      .init("checksum", "SHA-1 of the content, as Ansible has it"),
      .init("mode", "permission bits as four octal digits"), .init("owner", "the owner's name"),
      .init("group", "the group's name"), .init("uid", "the owner's number"),
      .init("gid", "the group's number"), .init("size", "bytes"), .init("state", "`file`"),
      .init("backup_file", "the copy of what was there, with `backup`"),
    ],
    examples: [
      """
      - name: a message of the day
        copy:
          dest: /etc/motd
          content: |
            This machine is kept by Spile.
          mode: "0644"
      """,
      """
      - name: sudo rules that are checked before they count
        copy:
          content: "%admin ALL=(ALL) NOPASSWD: ALL\\n"
          dest: /etc/sudoers.d/admin
          mode: "0440"
          validate: /usr/sbin/visudo -csf %s
      """,
      """
      - name: JSON from data
        copy:
          dest: /etc/containers/policy.json
          content:
            default:
              - type: insecureAcceptAnything
          backup: true
      """,
      """
      - name: another name for a file of the host
        copy:
          remote_src: true
          src: /etc/kubernetes/admin.conf
          dest: /root/.kube/config
          mode: "0600"
      """,
    ])
}
