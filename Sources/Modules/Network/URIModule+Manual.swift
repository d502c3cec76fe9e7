import Schema

extension URIModule {
  static let method = Parameter<String>.optional(
    "method", "The request's method.", default: "GET", shown: "GET")
  static let body = Parameter<Value?>.optional(
    "body", "What is sent: text, or for `json` and `form-urlencoded` data.")
  static let format = Parameter<BodyFormat>.optional(
    "body_format", "How `body` is written, and the `Content-Type` where none is given.",
    default: .raw, shown: "raw")
  static let source = Parameter<String?>.optional(
    "src", "A file of the controller, or with `remote_src` of the host, that is sent.",
    treatment: .controllerFile)
  static let isRemote = Parameter<Bool>.optional(
    "remote_src", "Whether `src` is on the host.", default: false, shown: "false")
  static let statuses = Parameter<[Int]>.optional(
    "status_code", "The answers that are no failure.", default: [200], shown: "[200]")
  static let returnsContent = Parameter<Bool>.optional(
    "return_content", "Tells the reply's body as `content`, whatever the status.", default: false,
    shown: "false")
  static let destination = Parameter<DestinationPath?>.optional(
    "dest", "A file or folder of the host for the reply's body.")
  static let redirects = Parameter<Redirects>.optional(
    "follow_redirects", "Which redirections are followed; `safe` means those of GET and HEAD.",
    default: .safe, shown: "safe")
  static let timeout = Parameter<Int>.optional(
    "timeout", "Seconds until a server counts as silent, at least 1.", default: 30, shown: "30")
  static let socket = Parameter<HostPath?>.optional(
    "unix_socket", "A socket of the host to ask through; that needs curl there.")

  static let manual = Manual(
    "uri", .action, "A request to a web service, made by the host.",
    notes: [
      """
      It is the host that asks, with curl or python3, or for plain `http` with bash; whichever it has. The address must be \
      within the site.
      """,
      "`mode`, `owner` and `group` are those of the file that `dest` names.",
      """
      A dry run makes no request. GET, HEAD and OPTIONS count as harmless; others, and `dest`, are shown as `opaque`, \
      unless a guard says that there is nothing to do.
      """,
      "It counts as changed only where `dest` was written: `changed_when` says more.",
      "Up to 2.9 MB of a body come back. Passwords, secret headers and bodies are in no argument vector.",
    ],
    parameters: [
      HTTPParameters.url.manual, method.manual, body.manual, format.manual, source.manual,
      isRemote.manual, statuses.manual, returnsContent.manual, destination.manual,
      redirects.manual, timeout.manual, socket.manual, Guards.creates.manual,
      Guards.removes.manual,
    ] + HTTPParameters.shared + Permissions.parameters,
    exclusive: [["body", "src"]],
    results: [
      .init("status", "the answer's number; -1 where there was none"),
      .init("url", "the address that answered, without credentials"),
      .init("content", "the body, with `return_content` or after an unwanted status"),
      .init("json", "the body as data, where it is JSON"),
      .init("redirected", "whether another address answered"),
      .init("path", "the file that was written, with `dest`"),
      .init("msg", "how many bytes came, or what is wrong"),
      .init("*", "every header of the answer, in lower case with `_`: `content_type`"),
    ],
    examples: [
      """
      - name: the service is healthy
        uri:
          url: https://10.0.0.10:6443/readyz
          ca_path: /etc/kubernetes/pki/ca.crt
          client_cert: /etc/kubernetes/pki/admin.crt
          client_key: /etc/kubernetes/pki/admin.key
        register: ready
        until: ready.status == 200
        retries: 30
        delay: 2
      """,
      """
      - name: a project in the registry
        uri:
          url: https://registry.example/api/v2.0/projects
          method: POST
          url_username: admin
          url_password: "{{ registry_password }}"
          body: {project_name: k8s, public: true}
          body_format: json
          status_code: [201, 409]
        register: project
        changed_when: project.status == 201
      """,
    ])
}
