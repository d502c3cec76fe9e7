import Schema

extension AccessListModule {
  static let path = Parameter<HostPath>.required(
    "path", "The file or folder on the host.", aliases: ["name"], isSubject: true)
  static let state = Parameter<State>.optional(
    "state", "Whether the entry must be there or not; `query` only tells the list.",
    default: .query, shown: "query")
  static let entry = Parameter<AccessListEntry?>.optional(
    "entry", "The entry as setfacl(1) takes it, such as `user:joe:rw`, instead of its parts.")
  static let kind = Parameter<Kind?>.optional("etype", "Whom the entry is about.")
  static let entity = Parameter<String>.optional(
    "entity", "The user or group by name; empty for the owner, the group, the mask and others.",
    default: "", shown: "\"\"")
  static let permissions = Parameter<AccessRights?>.optional(
    "permissions", "The rights: any of `r`, `w`, `x`.")
  static let isDefault = Parameter<Bool>.optional(
    "default", "Means what new files in the folder get.", default: false, shown: "false")
  static let follows = Parameter<Bool>.optional(
    "follow", "Where `path` is a symbolic link, means what it leads to.", default: true,
    shown: "true")
  static let recursive = Parameter<Bool>.optional(
    "recursive", "Means everything below the folder too.", default: false, shown: "false",
    aliases: ["recurse"])
  static let mask = Parameter<Mask>.optional(
    "recalculate_mask",
    "Whether the mask is worked out anew: where none is given (`default`), always, or never.",
    default: .byRule, shown: "default")

  static let manual = Manual(
    "acl", .state, "One entry of an access control list.",
    notes: [
      "The host needs getfacl(1) and setfacl(1), and a file system with POSIX access control lists.",
      "The mask is what `stat` and `file` show as the group's permission bits.",
    ],
    parameters: [
      path.manual, state.manual, entry.manual, kind.manual, entity.manual, permissions.manual,
      isDefault.manual, follows.manual, recursive.manual, mask.manual,
    ],
    exclusive: [["entry", "etype"], ["entry", "entity"], ["entry", "permissions"]],
    results: [.init("acl", "the entries as getfacl(1) tells them")],
    examples: [
      """
      - name: the agent may read the log
        ansible.posix.acl:
          path: /var/log/app.log
          entity: agent
          etype: user
          permissions: r
          state: present
      """,
      """
      - name: what operators make here belongs to all of them
        acl:
          path: /srv/shared
          entry: default:group:ops:rwx
          state: present
      """,
    ])
}
