import ModuleKit
import Schema

extension UserModule {
  static let name = Parameter<AccountName>.required(
    "name", "The login name of the account.", aliases: ["user"], isSubject: true)
  static let state = Parameter<Wish>.optional(
    "state", "Whether the account is there.", default: .present, shown: "present")
  static let uid = Parameter<Int?>.optional(
    "uid", "Its number; without one the host picks the next free one.")
  static let nonUnique = Parameter<Bool>.optional(
    "non_unique", "Allows a number that another account has; needs `uid`.", default: false,
    shown: "false")
  static let group = Parameter<String?>.optional(
    "group",
    "The primary group, by name or number; it must exist. Without one a new account gets a group of its own name."
  )
  static let groups = Parameter<[String]?>.optional(
    "groups",
    "Further groups; they must exist. An empty list takes the account out of all. Not given: left alone."
  )
  static let append = Parameter<Bool>.optional(
    "append", "Only adds to `groups`: further memberships stay.", default: false, shown: "false")
  static let comment = Parameter<String?>.optional("comment", "The full name (GECOS field).")
  static let home = Parameter<HostPath?>.optional("home", "The home folder.")
  static let createHome = Parameter<Bool>.optional(
    "create_home", "Makes the home folder from the skeleton where it is missing.", default: true,
    shown: "true", aliases: ["createhome"])
  static let moveHome = Parameter<Bool>.optional(
    "move_home", "Moves what is in the old home folder when `home` differs.", default: false,
    shown: "false")
  static let skeleton = Parameter<HostPath?>.optional(
    "skeleton", "The folder that a new home is copied from; /etc/skel where not given.")
  static let shell = Parameter<HostPath?>.optional("shell", "The login shell.")
  static let system = Parameter<Bool>.optional(
    "system", "Picks a number of the range for system accounts; only when the account is made.",
    default: false,
    shown: "false")
  static let password = Parameter<Text?>.optional(
    "password",
    "The hash of the password as crypt(5) makes it (`$6$...`), or `*` for none. It travels on standard input and is "
      + "compared by a digest, so that neither arguments of processes nor replies show it.",
    isSecret: true)
  static let updatePassword = Parameter<UpdatePassword>.optional(
    "update_password", "`on_create` sets the password only when the account is made.",
    default: .always,
    shown: "always")
  static let passwordLock = Parameter<Bool?>.optional(
    "password_lock",
    "Locks or unlocks the password (a leading `!`); logins with keys stay possible.")
  static let expires = Parameter<Double?>.optional(
    "expires",
    "When the account closes, in seconds since 1970 (UTC, whole days count); a negative number for never."
  )
  static let expireMax = Parameter<Int?>.optional(
    "password_expire_max", "Days after which the password must be changed.")
  static let expireMin = Parameter<Int?>.optional(
    "password_expire_min", "Days before the password may be changed again.")
  static let expireWarn = Parameter<Int?>.optional(
    "password_expire_warn", "Days of warning before the password must be changed.")
  static let remove = Parameter<Bool>.optional(
    "remove", "With `state: absent`: the home folder and mail go too.", default: false,
    shown: "false")
  static let force = Parameter<Bool>.optional(
    "force", "With `state: absent`: even while somebody is logged in.", default: false,
    shown: "false")
  static let local = Parameter<Bool>.optional(
    "local", "Taken for Ansible's sake: accounts are always made in the host's own files.",
    default: false,
    shown: "false")

  static let umask = Parameter<String?>.optional(
    "umask", "The umask of the home folder, octal; only when the account is made.")
  static let lowest = Parameter<Int?>.optional(
    "uid_min", "The lowest number that the host picks; only when the account is made.")
  static let highest = Parameter<Int?>.optional(
    "uid_max", "The highest number that the host picks; only when the account is made.")
  static let inactive = Parameter<Int?>.optional(
    "password_expire_account_disable",
    "Days after the password has aged out until the account is closed; -1 for never.")
  static let makesKey = Parameter<Bool>.optional(
    "generate_ssh_key", "Makes an SSH key for the account where it has none of that name.",
    default: false, shown: "false")
  static let keyType = Parameter<KeyType>.optional(
    "ssh_key_type", "The kind of a new key.", default: .rsa, shown: "rsa")
  static let keyBits = Parameter<Int?>.optional(
    "ssh_key_bits", "The length of a new key in bits; without it ssh-keygen(1) decides.")
  static let keyFile = Parameter<String?>.optional(
    "ssh_key_file", "The key's file, below the home folder; without it `.ssh/id_TYPE`.")
  static let keyComment = Parameter<String?>.optional(
    "ssh_key_comment", "What stands behind a new key; without it `ansible-generated on HOST`.")

  package static let manual = Manual(
    "user", .state, "Makes, changes or removes an account.",
    notes: [
      "Uses useradd(8), usermod(8), userdel(8), chage(1), chpasswd(8) (package `passwd` or `shadow-utils`).",
      "Only what the task names is compared: an account that is there keeps everything else.",
      "A group of the same name that is there already becomes the primary group of a new account.",
    ],
    parameters: [
      name.manual, state.manual, uid.manual, nonUnique.manual, group.manual, groups.manual,
      append.manual, comment.manual, home.manual, createHome.manual, moveHome.manual,
      skeleton.manual, shell.manual, system.manual, password.manual, updatePassword.manual,
      passwordLock.manual, expires.manual, expireMax.manual, expireMin.manual, expireWarn.manual,
      remove.manual, force.manual, local.manual, umask.manual, lowest.manual, highest.manual,
      inactive.manual, makesKey.manual, keyType.manual, keyBits.manual, keyFile.manual,
      keyComment.manual,
    ],
    results: [
      .init("name", "the login name"), .init("state", "present or absent"),
      .init("uid", "its number"),
      .init("group", "the primary group's number"), .init("home", "the home folder"),
      .init("shell", "the login shell"), .init("comment", "the full name"),
      .init("groups", "the wished groups, separated by commas"),
      .init(
        "append", "whether `append` was given, of an account that was there; `move_home` likewise"),
      .init("ssh_key_file", "the key's file, with `generate_ssh_key`"),
      .init("system", "whether `system` was given, of a new account; `create_home` likewise"),
    ],
    examples: [
      """
      - name: the account that etcd runs as
        user:
          name: etcd
          system: true
          shell: /usr/sbin/nologin
          home: /var/lib/etcd
          create_home: false
      """,
      """
      - name: an administrator, with what other tools have added to the groups
        ansible.builtin.user:
          name: ops
          groups: [sudo]
          append: true
          password: "{{ ops_password_hash | default('*') }}"
      """,
    ])
}
