import Schema

extension GetURLModule {
  static let destination = Parameter<DestinationPath>.required(
    "dest",
    "The file on the host; a folder, or a path with `/` at the end, gets the file under the name that `url` ends with.",
    isSubject: true)
  static let checksum = Parameter<DownloadChecksum?>.optional(
    "checksum",
    """
    What it must be: `ALGORITHM:DIGEST`, or `ALGORITHM:URL` of a file of digests; md5, sha1, sha224, sha256, sha384, \
    sha512. A file that has it is not fetched again.
    """)
  static let force = Parameter<Bool>.optional(
    "force",
    "Without `checksum`: compares with what the server has at every run, which means to fetch it; else a file that is there stays.",
    default: false, shown: "false")
  static let timeout = Parameter<Int>.optional(
    "timeout", "Seconds until a server counts as silent, at least 1.", default: 10, shown: "10")
  static let folder = Parameter<HostPath?>.optional(
    "tmp_dest", "The folder to fetch into. Without it the folder of the file itself.")

  static let manual = Manual(
    "get_url", .state, "A file that the host fetches from a server.",
    notes: [
      """
      It is the host that fetches, with curl or python3, for plain `http` with bash, for requests without secrets and \
      certificates with wget; whichever it has. Without any network but the site's own, `url` is the site's mirror; `copy` sends files of the controller.
      """,
      "The file is fetched next to the old one, compared with `checksum`, and renamed: nobody ever sees half of it.",
      "The folder of `dest` must be there. With `checksum`, what was edited on the host is fetched again.",
      "Passwords and secret headers are in no argument vector, and not shown.",
    ],
    parameters: [
      HTTPParameters.url.manual, destination.manual, checksum.manual, force.manual,
      timeout.manual, folder.manual, CopyModule.backup.manual,
    ] + HTTPParameters.shared + Permissions.parameters,
    results: [
      .init("dest", "the file"), .init("url", "the address, without credentials"),
      .init("msg", "what was done"), .init("mode", "permission bits as four octal digits"),
      .init("owner", "the owner's name"), .init("group", "the group's name"),
      .init("uid", "the owner's number"), .init("gid", "the group's number"),
      .init("size", "bytes"), .init("state", "`file`"),
      .init("checksum_dest", "the SHA-1 of the file, where `checksum` is by sha1"),
      .init("backup_file", "the copy of what was there, with `backup`"),
    ],
    examples: [
      """
      - name: a release, from the mirror of the site
        get_url:
          url: https://mirror.example/helm/v3.16.2/helm.tar.gz
          dest: /var/cache/helm.tar.gz
          checksum: sha256:9318379b847e333460d33d291d4c088156299a26cd93d570a7f5d0c36e50b5bb
          ca_path: /etc/ssl/site.pem
      """,
      """
      - name: a program whose digest the mirror publishes
        get_url:
          url: https://mirror.example/kubectl
          checksum: sha256:https://mirror.example/SHA256SUMS
          dest: /usr/local/bin/
          mode: "0755"
          headers:
            X-Site: north
      """,
    ])
}
