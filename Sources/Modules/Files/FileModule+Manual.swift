import Schema

extension FileModule {
  static let path = Parameter<FilePath>.required(
    "path", "The file or folder on the host; with `absent` an empty text is nothing to remove.",
    aliases: ["dest", "name"], isSubject: true)
  static let state = Parameter<State?>.optional(
    "state",
    """
    What there must be. `file` (the default) sets attributes of what is there; `directory` makes the folder and those \
    above it; `touch` makes an empty file if there is none; `link` and `hard` make links; `absent` removes, folders \
    with all they hold. With `recurse` the default is `directory`.
    """)
  static let source = Parameter<String?>.optional(
    "src",
    "What a link points to. A relative path is kept as written, and counts from the link's folder.")
  static let force = Parameter<Bool>.optional(
    "force",
    """
    Replaces what is of another type: a file by a link or folder, an empty folder by a link; and lets a link lead to \
    what is not there. A folder that holds something is never replaced.
    """, default: false, shown: "false")
  static let recurse = Parameter<Bool>.optional(
    "recurse",
    "Sets `mode`, `owner` and `group` of everything below the folder too.", default: false,
    shown: "false")
  static let follow = Parameter<Bool>.optional(
    "follow",
    """
    Where `path` is a symbolic link, looks at what it leads to. Links themselves are meant by `link`, `hard` and \
    `absent` whatever this says.
    """, default: true, shown: "true")
  static let modificationTime = Parameter<TouchTime?>.optional(
    "modification_time",
    "With `touch`: the time of the last change, in the host's local time, as \"202601311530.00\". Without it the time is left alone."
  )
  static let accessTime = Parameter<TouchTime?>.optional(
    "access_time",
    "With `touch`: the time of the last access, in the host's local time, as \"202601311530.00\". Without it the time is left alone."
  )

  static let manual = Manual(
    "file", .state, "Files, folders and links, their mode and owner.",
    notes: [
      """
      `touch` makes a file that is not there and leaves the times of one that is: what changes at every run is no state. \
      Give a time to set one, or run `command: touch`.
      """,
      "Missing folders above a folder get the same mode and owner as the folder itself.",
      """
      `recurse` does not follow symbolic links; `mode` means every file and folder below, so an executable bit for \
      folders is one for files.
      """,
      "Owner and group of a `link` are those of the link itself; its `mode` is ignored, as links have none.",
    ],
    parameters: [path.manual, state.manual, source.manual] + Permissions.parameters + [
      recurse.manual, force.manual, follow.manual, modificationTime.manual, accessTime.manual,
    ] + FileMarks.parameters + SecurityContextWish.parameters,
    results: [
      .init("path", "the path"), .init("state", "what is there: `file`, `directory`, `link`, ..."),
      .init("src", "what a link points to"), .init("mode", "permission bits as four octal digits"),
      .init("owner", "the owner's name"), .init("group", "the group's name"),
      .init("uid", "the owner's number"), .init("gid", "the group's number"),
      .init("size", "bytes"),
    ],
    examples: [
      """
      - name: a folder for certificates
        file:
          path: /etc/kubernetes/pki
          state: directory
          owner: root
          group: root
          mode: "0700"
      """,
      """
      - name: the current release
        file:
          src: releases/1.31.4
          dest: /opt/app/current
          state: link
          force: true
      """,
      """
      - name: nothing is left of the old version
        file:
          path: /opt/old
          state: absent
      """,
    ])
}
