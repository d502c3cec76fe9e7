import Schema

extension ArchiveModule {
  enum Format: String, ParameterChoice { case bz2, gz, tar, xz, zip }

  static let paths = Parameter<[HostPath]>.required(
    "path", "Files and folders on the host, and shell patterns of such.", isSubject: true)
  static let destination = Parameter<HostPath?>.optional(
    "dest",
    "The archive on the host. Without it the one path with the format at its end: `/var/log/app.gz`."
  )
  static let format = Parameter<Format>.optional(
    "format", "How it is packed; all but `zip` are tar inside.", default: .gz, shown: "gz")
  static let excluded = Parameter<[HostPath]>.optional(
    "exclude_path", "Paths, and shell patterns of such, that are left out with all below them.",
    default: [], shown: "[]")
  static let patterns = Parameter<[String]>.optional(
    "exclusion_patterns", "Shell patterns of names inside the archive that are left out.",
    default: [], shown: "[]")
  static let isForced = Parameter<Bool>.optional(
    "force_archive", "Makes an archive of a single file too, which is only packed otherwise.",
    default: false, shown: "false")
  static let removes = Parameter<Bool>.optional(
    "remove", "Removes what is in the archive afterwards.", default: false, shown: "false")

  static let manual = Manual(
    "archive", .state, "An archive on the host, of files of the host.",
    notes: [
      """
      An archive that is there is compared with the files by names and digests, and made again only where these differ: \
      times, modes and owners do not count.
      """,
      """
      Names inside count from the folder that all paths have in common. A single file is packed without tar, as \
      gzip(1) does it.
      """,
      "Needs GNU tar, for `zip` also zip(1) and unzip(1), on the host.",
      "With `remove` a later run finds no sources, and is content with the archive.",
    ],
    parameters: [
      paths.manual, destination.manual, format.manual, excluded.manual, patterns.manual,
      isForced.manual, removes.manual,
    ] + Permissions.parameters,
    results: [
      .init("dest", "the archive"), .init("archived", "the files in it"),
      .init("arcroot", "the folder that names inside count from"),
      .init("expanded_paths", "what the patterns stand for"),
      .init("state", "`absent`, `archive` or `compress`"),
    ],
    examples: [
      """
      - name: the certificates, before they are renewed
        community.general.archive:
          path: /etc/kubernetes/pki
          dest: /var/backups/pki.tar.gz
          mode: "0600"
      """,
      """
      - name: old logs, without what is packed already
        community.general.archive:
          path: /var/log/app/*.log
          dest: /var/log/app/old.tar.xz
          format: xz
          exclude_path: [/var/log/app/current.log]
          remove: true
      """,
    ])
}
