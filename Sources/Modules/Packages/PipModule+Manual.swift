import Schema

extension PipModule {
  enum State: String, ParameterChoice { case absent, latest, present }

  static let names = Parameter<[String]>.optional(
    "name", "Packages, with versions or without: `six`, `netaddr>=1.0,<2`, or the path of a wheel.",
    default: [], shown: "[]", isSubject: true)
  static let version = Parameter<String?>.optional(
    "version", "The version of the one package that is named.")
  static let requirements = Parameter<HostPath?>.optional(
    "requirements", "A file of requirements on the host.")
  static let state = Parameter<State>.optional(
    "state", "`latest` asks the index for later versions; `absent` removes.", default: .present,
    shown: "present")
  static let environment = Parameter<HostPath?>.optional(
    "virtualenv", "The folder of a virtual environment, which is made where it is not there.")
  static let environmentCommand = Parameter<String?>.optional(
    "virtualenv_command",
    "What makes the environment; without it virtualenv(1) where it is there, else `python3 -m venv`."
  )
  static let environmentPython = Parameter<String?>.optional(
    "virtualenv_python", "The Python of a new environment; for `virtualenv_command: virtualenv`.")
  static let sitePackages = Parameter<Bool>.optional(
    "virtualenv_site_packages", "Whether a new environment sees the packages of the system.",
    default: false, shown: "false")
  static let executable = Parameter<String?>.optional(
    "executable", "The pip to use, by name or path.")
  static let extra = Parameter<String>.optional(
    "extra_args", "Further words for pip: `--no-index --find-links /srv/wheels`.", default: "",
    shown: "")
  static let breaks = Parameter<Bool>.optional(
    "break_system_packages", "Lets pip change what belongs to the distribution.", default: false,
    shown: "false")
  static let editable = Parameter<Bool>.optional(
    "editable", "Installs a folder as it is, so that changes in it count at once.", default: false,
    shown: "false")
  static let folder = Parameter<HostPath?>.optional("chdir", "Where pip runs.")
  static let umask = Parameter<String?>.optional(
    "umask", "The umask of what is installed, as three octal digits: \"022\".")

  static let manual = Manual(
    "pip", .state, "Packages of Python.",
    notes: [
      """
      What is installed is compared with what is wished by names and versions, and pip runs only where these differ. \
      Nothing is asked of an index but with `state: latest`.
      """,
      "Lines of a file of requirements with conditions (`; python_version < \"3\"`), options and other files are left to pip: whether they are met is not looked at.",
      "`state: forcereinstall` is refused, as it would install at every run.",
    ],
    parameters: [
      names.manual, version.manual, requirements.manual, state.manual, environment.manual,
      environmentCommand.manual, environmentPython.manual, sitePackages.manual, executable.manual,
      extra.manual, breaks.manual, editable.manual, folder.manual, umask.manual,
    ],
    exclusive: [["name", "requirements"], ["executable", "virtualenv"]],
    oneOf: [["name", "requirements", "virtualenv"]],
    results: [
      .init("name", "the packages"), .init("virtualenv", "the environment"),
      .init("requirements", "the file"), .init("cmd", "the pip that was used"),
    ],
    examples: [
      """
      - name: libraries without the internet
        pip:
          name: [netaddr, "jmespath>=1.0"]
          extra_args: --no-index --find-links /srv/wheels
          virtualenv: /opt/tools
      """,
      """
      - name: what the application needs
        pip:
          requirements: /opt/app/requirements.txt
          virtualenv: /opt/app/venv
      """,
    ])
}
